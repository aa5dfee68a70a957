import A2A
import JSON

/// What must be known to work on a task, also after a restart.
struct TaskSetup: Sendable {
    var skill: String
    /// Media types the client takes; empty = any.
    var outputModes: [String]
    /// Whose rights the work has.
    var caller: StoredCaller
    /// The event behind which the present stretch of work began: what was finished before is not its own.
    var since: Int64 = 0

    init(skill: String, outputModes: [String], caller: StoredCaller) {
        self.skill = skill
        self.outputModes = outputModes
        self.caller = caller
    }

    /// Reads what ``encoded`` wrote.
    /// - Throws: ``ApplianceError/corrupt(what:)``.
    init(_ bytes: [UInt8], owner: String) throws {
        let json = try StoredForm.decoding("the setup of a task") { try JSONValue(parsing: bytes) }
        guard let skill = json["skill"]?.stringValue, let caller = json["caller"] else {
            throw ApplianceError.corrupt(what: "the setup of a task")
        }
        self.skill = skill
        self.caller = try StoredCaller(caller, userID: owner)
        outputModes = json["modes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        since = json["since"]?.integerValue ?? 0
    }

    var encoded: [UInt8] {
        JSONObject([
            ("skill", .string(skill)), ("modes", .array(outputModes.map { .string($0) })), ("caller", caller.json),
            ("since", .integer(since)),
        ]).encoded()
    }
}
