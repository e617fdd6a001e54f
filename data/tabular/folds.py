"""Writes folds.csv: for each table, which of five parts each of its rows is in.

    python data/tabular/folds.py

The parts are those of scikit-learn 1.9.1's StratifiedKFold(5, shuffle=True, random_state=0), which have as many rows of each
class as can be. What LogisticRegression reaches on them, with inputs standardised by the other parts, is printed.
"""

import csv
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
TABLES = ["iris", "wine", "breast_cancer", "digits8x8"]


def read(table):
    with open(HERE / f"{table}.csv", newline="") as file:
        names, *rows = csv.reader(file)
    label = names.index("label")
    return np.array([row[:label] for row in rows], float), np.array([int(row[label]) for row in rows])


def main():
    split = StratifiedKFold(5, shuffle=True, random_state=0)
    with open(HERE / "folds.csv", "w") as file:
        print("table,folds", file=file)
        for table in TABLES:
            inputs, labels = read(table)
            folds = np.zeros(len(labels), int)
            for fold, (_, test) in enumerate(split.split(inputs, labels)):
                folds[test] = fold
            print(f"{table},{''.join(map(str, folds))}", file=file)
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
            print(f"{table}: {100 * cross_val_score(model, inputs, labels, cv=split).mean():.2f} %")


if __name__ == "__main__":
    main()
