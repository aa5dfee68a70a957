import JSON

/// One prompt as `prompts/list` shows it.
public struct PromptDefinition: Sendable, Hashable {
    /// One argument; all values are strings.
    public struct Argument: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// What to give.
        public let description: String
        /// Whether the prompt cannot do without.
        public let isRequired: Bool

        /// Makes an argument.
        public init(_ name: String, _ description: String, isRequired: Bool = false) {
            self.name = name
            self.description = description
            self.isRequired = isRequired
        }
    }

    /// Unique name.
    public let name: String
    /// Name for people.
    public let title: String
    /// What it is good for.
    public let description: String
    /// In the order shown.
    public let arguments: [Argument]

    /// Makes a definition.
    public init(name: String, title: String, description: String, arguments: [Argument]) {
        self.name = name
        self.title = title
        self.description = description
        self.arguments = arguments
    }

    /// What is wrong with these arguments; nil = nothing.
    ///
    /// Unknown names are let pass: clients send fields of their own forms.
    public func problem(in values: [String: String]) -> String? {
        let missing = arguments.filter { $0.isRequired && values[$0.name] == nil }.map(\.name)
        guard let first = missing.first else { return nil }
        return missing.count == 1
            ? "Prompt \(name) needs argument \(first)"
            : "Prompt \(name) needs arguments \(missing.joined(separator: ", "))"
    }

    /// The entry of the list.
    public var entry: ListEntry {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", name)
        writer.member("title", title)
        writer.member("description", description)
        if !arguments.isEmpty {
            writer.key("arguments")
            writer.beginArray()
            for argument in arguments {
                writer.beginObject()
                writer.member("name", argument.name)
                writer.member("description", argument.description)
                writer.member("required", argument.isRequired)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return ListEntry(id: name, encoded: writer.bytes)
    }
}

/// What `prompts/get` gives: messages for a model.
public struct PromptResult: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable {
        case user, assistant
    }
    /// One message of one block.
    public struct Message: Sendable, Hashable {
        /// Who speaks.
        public let role: Role
        /// What is said.
        public let content: ContentBlock

        /// Makes a message.
        public init(_ role: Role, _ content: ContentBlock) {
            self.role = role
            self.content = content
        }
    }

    /// What the messages are about.
    public var description: String?
    /// In order.
    public var messages: [Message]

    /// Makes a result.
    public init(description: String?, messages: [Message]) {
        self.description = description
        self.messages = messages
    }

    func write(to writer: inout JSONWriter) {
        if let description { writer.member("description", description) }
        writer.key("messages")
        writer.beginArray()
        for message in messages {
            writer.beginObject()
            writer.member("role", message.role.rawValue)
            writer.key("content")
            message.content.write(to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}
