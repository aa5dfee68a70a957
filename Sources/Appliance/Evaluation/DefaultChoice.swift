package import JSON

/// Whether one of the runs should become what searches of the collection do when they say nothing.
///
/// A run is better where its difference to the first one, which is the present default, is above 0 and significant
/// (``EvaluationReport/Comparison/isSignificant``). Of several the one with the highest mean is chosen, of equal ones the
/// first. Where none is better, the best of those that are not significantly worse is told.
package struct DefaultChoice: Sendable {
    package enum Verdict: String, Sendable {
        case better
        case notWorse = "not_worse"
        case none
    }

    package let verdict: Verdict
    /// The run that was chosen, and what to set; nil where there is none.
    package let chosen: (run: String, settings: JSONObject)?
    /// One sentence without a full stop.
    package let reason: String

    /// The choice among the runs of a report; nil where its first run is not the present default.
    package init?(_ report: EvaluationReport) {
        guard let first = report.runs.first, first.isPresent else { return nil }
        let settable = report.comparisons.indices.filter { report.runs[$0 + 1].settings != nil }
        // What ranks alike needs no change.
        let different = settable.filter { report.comparisons[$0].test.wins + report.comparisons[$0].test.losses > 0 }
        let better = different.filter {
            report.comparisons[$0].isSignificant && report.comparisons[$0].test.difference > 0
        }
        let others = different.filter { !report.comparisons[$0].isSignificant }
        func best(_ places: [Int]) -> Int? {
            places.max {
                let (one, other) = (report.comparisons[$0].test.difference, report.comparisons[$1].test.difference)
                return one != other ? one < other : $0 > $1
            }
        }
        guard let place = best(better) ?? best(others) else {
            verdict = .none
            chosen = nil
            if settable.isEmpty {
                reason = "no run can be a default: settings say fusion, bm25_weight, vector_weight and k alone"
            } else if different.isEmpty {
                reason = "the runs that can be a default rank as the present one does"
            } else {
                reason = "every run that can be a default is significantly worse than the present one"
            }
            return
        }
        let comparison = report.comparisons[place]
        let measured =
            "nDCG@\(report.cutoff) \(Figure.signed(comparison.test.difference)), p \(Figure.share(comparison.adjusted))"
        verdict = better.isEmpty ? .notWorse : .better
        chosen = report.runs[place + 1].settings.map { (comparison.run, $0) }
        reason =
            better.isEmpty
            ? "no run is significantly better than the present default; \(comparison.run) is not significantly worse "
                + "(\(measured))"
            : "\(comparison.run) is significantly better than the present default (\(measured))"
    }

    /// The choice as one object.
    package var json: JSONObject {
        var object: JSONObject = ["verdict": .string(verdict.rawValue)]
        if let chosen {
            object["run"] = .string(chosen.run)
            object["settings"] = .object(chosen.settings)
        }
        object["reason"] = .string(reason)
        return object
    }
}
