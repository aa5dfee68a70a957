package import JSON

extension EvaluationReport {
    /// One object with everything but the queries; one run's means stand at its top too.
    package var json: JSONObject {
        let count = JSONValue.integer(Int64(queries.count))
        var object: JSONObject = ["queries": count, "cutoff": .integer(Int64(cutoff))]
        if runs.count == 1, let only = runs.first {
            for (key, value) in means(only.mean).members { object[key] = value }
        }
        object["runs"] = .array(
            runs.map { run in
                var entry: JSONObject = ["name": .string(run.name)]
                for (key, value) in means(run.mean).members { entry[key] = value }
                entry["interval"] = interval(run.interval)
                return .object(entry)
            })
        object["comparisons"] = .array(
            comparisons.map { comparison in
                .object([
                    "run": .string(comparison.run), "against": .string(runs[0].name),
                    "difference": .number(comparison.test.difference), "interval": interval(comparison.test.interval),
                    "p": .number(comparison.test.pValue), "p_adjusted": .number(comparison.adjusted),
                    "significant": .bool(comparison.isSignificant),
                    "wins": .integer(Int64(comparison.test.wins)), "losses": .integer(Int64(comparison.test.losses)),
                    "ties": .integer(Int64(comparison.test.ties)),
                ])
            })
        if let choice = DefaultChoice(self), runs.count > 1 { object["default"] = .object(choice.json) }
        return object
    }

    /// The measures of each query, run by run.
    package var byQuery: JSONValue {
        .array(
            queries.indices.map { place in
                .object([
                    "id": .string(queries[place].id), "text": .string(queries[place].text),
                    "judged": .integer(Int64(judgments[queries[place].id]?.count ?? 0)),
                    "runs": .array(runs.map { .object(means($0.measures[place])) }),
                ])
            })
    }

    private func means(_ measures: RankingMeasures) -> JSONObject {
        [
            "ndcg@\(cutoff)": .number(measures.ndcg), "recall@100": .number(measures.recall100),
            "mrr": .number(measures.reciprocalRank), "success@\(cutoff)": .number(measures.success),
            "unjudged@\(cutoff)": .number(measures.unjudged),
        ]
    }

    private func interval(_ range: ClosedRange<Double>) -> JSONValue {
        .array([.number(range.lowerBound), .number(range.upperBound)])
    }
}
