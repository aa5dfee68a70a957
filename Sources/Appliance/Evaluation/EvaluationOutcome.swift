import JSON

/// What a command's evaluation found, and what it did about it.
struct EvaluationOutcome: Sendable {
    /// What became of the collection's setting.
    struct Decision: Sendable {
        var isApplied: Bool
        var text: String
    }

    let report: EvaluationReport
    /// Nil where nothing was to be set.
    let decision: Decision?

    init(report: EvaluationReport) {
        self.report = report
        decision = nil
    }

    /// Sets the run that was chosen, where it is good enough.
    /// - Parameters:
    ///   - evaluation: Whose collection it is; the first run of the report must be its present default.
    ///   - measured: What was set when the measurement began.
    ///   - allowsNotWorse: Whether a run will do that is not significantly worse.
    init(
        report: EvaluationReport, applying evaluation: Evaluation, over measured: Evaluation.Settings,
        allowsNotWorse: Bool
    ) async throws {
        self.report = report
        guard let choice = DefaultChoice(report) else {
            throw CommandFailure("nothing was set: the first run is not the present default")
        }
        guard let chosen = choice.chosen, choice.verdict == .better || allowsNotWorse else {
            decision = Decision(
                isApplied: false,
                text: "nothing was set: \(choice.reason)"
                    + (choice.verdict == .notWorse ? "; --allow-not-worse would set it" : ""))
            return
        }
        try await evaluation.apply(chosen.settings, over: measured)
        let members = chosen.settings.members.map {
            "\($0.key)=\($0.value.stringValue ?? "\($0.value.doubleValue ?? 0)")"
        }
        decision = Decision(
            isApplied: true, text: "set \(members.joined(separator: " ")) of \(evaluation.collection): \(choice.reason)"
        )
    }

    /// The report, with what was done.
    var json: JSONValue {
        var object = report.json
        if let decision {
            var choice = object["default"]?.objectValue ?? [:]
            choice["applied"] = .bool(decision.isApplied)
            object["default"] = .object(choice)
        }
        return .object(object)
    }
}
