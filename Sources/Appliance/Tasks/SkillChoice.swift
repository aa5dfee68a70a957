import A2A
import JSON
import MCP

/// Which skill a message means, and what it gives that skill.
struct SkillChoice {
    let skill: AgentSkill

    /// Chooses by `metadata.skillId` of the message, then of the request, then by a data part `{"skill", "input"}`, then by
    /// what skills say they are meant for; else the composition's default.
    /// - Throws: `A2AError.invalidParams`, `A2AError.contentTypeNotSupported`.
    init(_ request: SendMessageRequest, from composition: Composition) throws(A2AError) {
        let message = request.message
        if let id = try Self.name(message.metadata?["skillId"], "message.metadata.skillId") {
            skill = try Self.skill(id, "message.metadata.skillId", composition)
        } else if let id = try Self.name(request.metadata?["skillId"], "metadata.skillId") {
            skill = try Self.skill(id, "metadata.skillId", composition)
        } else if let part = message.parts.lazy.compactMap(\.data?["skill"]).first {
            guard let id = part.stringValue else {
                throw .invalidParams(field: "message.parts", reason: "the member skill of a data part must be a text")
            }
            skill = try Self.skill(id, "message.parts", composition)
        } else if let claiming = composition.skills.first(where: { $0.claims(message) }) {
            skill = claiming
        } else {
            skill = try Self.skill(composition.defaultSkill, "message.metadata.skillId", composition)
        }
        try Self.checkParts(message, skill: skill)
        try Self.checkOutput(request.acceptedOutputModes, skill: skill)
    }

    private static func name(_ value: JSONValue?, _ field: String) throws(A2AError) -> String? {
        guard let value else { return nil }
        guard let text = value.stringValue else { throw .invalidParams(field: field, reason: "must be a text") }
        return text
    }

    private static func skill(_ id: String, _ field: String, _ composition: Composition) throws(A2AError) -> AgentSkill
    {
        if let skill = composition.skill(id) { return skill }
        let known = composition.skills.map(\.card.id).joined(separator: ", ")
        throw .invalidParams(field: field, reason: "names no skill of this agent; there are: \(known)")
    }

    /// A part whose media type is not one the skill takes is refused; one without media type passes.
    static func checkParts(_ message: Message, skill: AgentSkill) throws(A2AError) {
        for part in message.parts {
            guard let type = part.mediaType.map(essence), !skill.inputModes.contains(type) else { continue }
            throw .contentTypeNotSupported(
                "media type \(type.prefix(100)) is not taken; skill \(skill.card.id) takes "
                    + skill.inputModes.joined(separator: ", "))
        }
    }

    private static func checkOutput(_ accepted: [String], skill: AgentSkill) throws(A2AError) {
        let fits =
            accepted.isEmpty
            || accepted.contains { mode in
                let mode = essence(mode)
                return skill.outputModes.contains { given in
                    mode == "*/*" || mode == given || (mode.hasSuffix("/*") && given.hasPrefix(mode.dropLast()))
                }
            }
        guard !fits else { return }
        throw .contentTypeNotSupported(
            "none of the accepted output modes; skill \(skill.card.id) gives "
                + skill.outputModes.joined(separator: ", "))
    }

    /// A media type without its parameters.
    private static func essence(_ type: String) -> String {
        let end = type.firstIndex(of: ";") ?? type.endIndex
        return String(type[..<end].filter { $0 != " " }).lowercased()
    }
}

/// What a skill is given to work with, put together from all that the owner has said.
struct SkillInput {
    /// The members, those of later messages in the place of earlier ones.
    private(set) var members: JSONObject = [:]

    init(_ messages: [Message], for skill: AgentSkill) {
        for message in messages where message.role == .user {
            var text: [String] = []
            for part in message.parts {
                switch part.content {
                case .text(let words): text.append(words)
                case .data(let value):
                    guard let object = value.objectValue else { continue }
                    let input = object["skill"] == nil ? object : object["input"]?.objectValue ?? [:]
                    for member in input.members { members[member.key] = member.value }
                case .raw, .url: continue
                }
            }
            let words = text.joined(separator: "\n")
            if let name = skill.textMember, words.contains(where: { !$0.isWhitespace }) {
                members[name] = .string(words)
            }
        }
    }

    /// Required members that are not there, in the words in which the schema describes them.
    func missing(for skill: AgentSkill) -> [(name: String, description: String)] {
        let required = skill.inputSchema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return required.filter { members[$0] == nil }.map { name in
            (name, skill.inputSchema["properties"]?[name]?["description"]?.stringValue ?? "")
        }
    }

    /// What is wrong with what is there, one sentence each.
    func problems(for skill: AgentSkill) -> [String] {
        var schema = skill.inputSchema.objectValue ?? [:]
        // What is missing is asked for, not refused.
        schema["required"] = nil
        return ArgumentValidator().validate(members, against: .object(schema))
    }
}
