extension EvaluationReport {
    private var runTable: [[String]] {
        let heads = [
            "run", "nDCG@\(cutoff)", "95 % interval", "recall@100", "MRR@\(cutoff)", "success@\(cutoff)",
            "unjudged@\(cutoff)",
        ]
        return [heads]
            + runs.map { run in
                [
                    run.name, Figure.share(run.mean.ndcg), Figure.range(run.interval),
                    Figure.share(run.mean.recall100), Figure.share(run.mean.reciprocalRank),
                    Figure.share(run.mean.success), Figure.share(run.mean.unjudged),
                ]
            }
    }

    private var comparisonTable: [[String]] {
        let heads = ["against \(runs[0].name)", "nDCG@\(cutoff)", "95 % interval", "p", "better", "worse", "equal", ""]
        return [heads]
            + comparisons.map { comparison in
                let test = comparison.test
                return [
                    comparison.run, Figure.signed(test.difference), Figure.signedRange(test.interval),
                    Figure.share(comparison.adjusted), "\(test.wins)", "\(test.losses)", "\(test.ties)",
                    comparison.isSignificant ? "significant" : "not significant",
                ]
            }
    }

    private static let method =
        "p: paired randomisation test with \(PairedComparison.draws) draws, adjusted for several comparisons (Holm); "
        + "intervals: bootstrap over queries"

    /// The tables for a terminal.
    package var text: String {
        var text = "\(queries.count) queries\n\n" + Figure.aligned(runTable)
        if !comparisons.isEmpty {
            text += "\n" + Figure.aligned(comparisonTable) + "\n" + Self.method + "\n"
        }
        return text
    }

    /// The tables in Markdown.
    package var markdown: String {
        var text = "\(queries.count) queries\n\n" + Figure.markdown(runTable)
        if !comparisons.isEmpty {
            text += "\n" + Figure.markdown(comparisonTable) + "\n" + Self.method + ".\n"
        }
        return text
    }

    /// A line for each query: its id, and the nDCG, recall and reciprocal rank of each run, separated by tabs.
    package var lines: [String] {
        queries.indices.map { place in
            ([queries[place].id]
                + runs.flatMap { run in
                    let measures = run.measures[place]
                    return [measures.ndcg, measures.recall100, measures.reciprocalRank].map(Figure.share)
                }).joined(separator: "\t")
        }
    }

    /// The hits of the first run and another beside each other, for the queries on which they differ most.
    package func sideBySide(_ run: Int, limit: Int) -> String {
        contrasts(of: run, limit: limit).map { place in
            let query = queries[place]
            let (left, right) = (runs[0], runs[run])
            func cells(_ run: Run) -> [String] {
                run.rankings[place].documents.prefix(cutoff).map { document in
                    let mark =
                        switch judgments[query.id]?[document.id] {
                        case .some(let relevance) where relevance > 0: "+"
                        case .some: "-"
                        case nil: " "
                        }
                    return "\(mark) \(document.id)"
                }
            }
            let (one, other) = (cells(left), cells(right))
            var table = [
                [
                    "", "\(left.name) \(Figure.share(left.measures[place].ndcg))",
                    "\(right.name) \(Figure.share(right.measures[place].ndcg))",
                ]
            ]
            for rank in 0..<max(one.count, other.count) {
                table.append([
                    "\(rank + 1)", rank < one.count ? one[rank] : "", rank < other.count ? other[rank] : "",
                ])
            }
            return "\(query.id)  \(Terminal.harmless(query.text))\n" + Figure.aligned(table)
        }.joined(separator: "\n")
    }
}
