package import A2A
package import JSON

/// Something the agent does: what cards and callers see of it, and its work.
package struct AgentSkill: Sendable {
    /// What a card says.
    package let card: AgentCard.Skill
    /// Whether the public card names it; the extended one names all.
    package let isPublic: Bool
    /// JSON Schema of the input, in the keywords that `ArgumentValidator` checks; its root is `type: object`.
    package let inputSchema: JSONValue
    /// The member of the input that a message's text is; nil where text is none of it.
    package let textMember: String?
    /// Whether a message that came during the work has the work done again, now with it.
    package let takesUpMessages: Bool
    /// Whether a message that names no skill is meant for this one; asked in the order of the composition.
    let claims: @Sendable (Message) -> Bool
    /// A bare answer in the place of a task; only fixtures give one.
    let reply: @Sendable (Message) -> Message?
    /// The work, until it is over or it is the owner's turn.
    ///
    /// It is begun again from the start after a restart of the process: what ``Workflow`` has finished is not done twice.
    let work: @Sendable (SkillRun) async throws -> SkillEnd

    /// Makes a skill.
    package init(
        _ card: AgentCard.Skill, isPublic: Bool = true, inputSchema: JSONValue = ["type": "object"],
        textMember: String? = nil, takesUpMessages: Bool = true,
        claims: @escaping @Sendable (Message) -> Bool = { _ in false },
        reply: @escaping @Sendable (Message) -> Message? = { _ in nil },
        work: @escaping @Sendable (SkillRun) async throws -> SkillEnd
    ) {
        self.card = card
        self.isPublic = isPublic
        self.inputSchema = inputSchema
        self.textMember = textMember
        self.takesUpMessages = takesUpMessages
        self.claims = claims
        self.reply = reply
        self.work = work
    }

    /// Media types that a message's parts may have whatever the skill.
    package static let defaultInputModes = ["text/plain", "application/json"]
    /// Media types of artifacts where a skill names none.
    package static let defaultOutputModes = ["text/markdown", "application/json", "text/plain"]

    var inputModes: [String] { Self.defaultInputModes + card.inputModes }
    var outputModes: [String] { card.outputModes.isEmpty ? Self.defaultOutputModes : card.outputModes }
}

/// How a stretch of work ended.
package enum SkillEnd: Sendable {
    /// Done, with a last word if there is one.
    case completed(String? = nil)
    /// Needs to know this.
    case inputRequired(String)
    /// Needs a credential that comes by another way.
    case authRequired(String)
    /// Not to be done.
    case rejected(String)
    /// Could not be done.
    case failed(String)

    var state: TaskState {
        switch self {
        case .completed: .completed
        case .inputRequired: .inputRequired
        case .authRequired: .authRequired
        case .rejected: .rejected
        case .failed: .failed
        }
    }

    var text: String? {
        switch self {
        case .completed(let text): text
        case .inputRequired(let text), .authRequired(let text), .rejected(let text), .failed(let text): text
        }
    }
}
