public import JSON

/// One piece of a message or an artifact: exactly one content and what describes it.
public struct Part: Sendable, Hashable {
    /// What a part holds.
    public enum Content: Sendable, Hashable {
        /// Text.
        case text(String)
        /// Bytes, base64 on the wire.
        case raw([UInt8])
        /// Where a file can be had; never fetched by this server.
        case url(String)
        /// Any JSON value.
        case data(JSONValue)
    }
    /// The content.
    public var content: Content
    /// Media type of the content.
    public var mediaType: String?
    /// Name for a file.
    public var filename: String?
    /// Whatever the sender adds.
    public var metadata: JSONObject?

    /// Makes a part.
    public init(_ content: Content, mediaType: String? = nil, filename: String? = nil, metadata: JSONObject? = nil) {
        self.content = content
        self.mediaType = mediaType
        self.filename = filename
        self.metadata = metadata
    }

    /// The text of a text part.
    public var text: String? { if case .text(let text) = content { text } else { nil } }
    /// The value of a data part.
    public var data: JSONValue? { if case .data(let value) = content { value } else { nil } }
}

/// One turn of the conversation about a task.
public struct Message: Sendable, Hashable {
    /// Made by the sender; not unique here (A2A.md section 7), so never a key.
    public var messageID: String
    /// The conversation.
    public var contextID: String?
    /// The task it belongs to or goes on with.
    public var taskID: String?
    /// Who wrote it.
    public var role: MessageRole
    /// At least one.
    public var parts: [Part]
    /// Whatever the sender adds, such as `skillId`.
    public var metadata: JSONObject?
    /// Extensions the message makes use of.
    public var extensions: [String]
    /// Other tasks whose artifacts are meant as context.
    public var referenceTaskIDs: [String]

    /// Makes a message.
    public init(
        messageID: String, contextID: String? = nil, taskID: String? = nil, role: MessageRole, parts: [Part],
        metadata: JSONObject? = nil, extensions: [String] = [], referenceTaskIDs: [String] = []
    ) {
        self.messageID = messageID
        self.contextID = contextID
        self.taskID = taskID
        self.role = role
        self.parts = parts
        self.metadata = metadata
        self.extensions = extensions
        self.referenceTaskIDs = referenceTaskIDs
    }
}

/// A result of a task.
public struct Artifact: Sendable, Hashable {
    /// Unique within the task.
    public var artifactID: String
    /// Name for people and for the steps that follow.
    public var name: String?
    /// What it is.
    public var description: String?
    /// At least one.
    public var parts: [Part]
    /// Whatever the skill adds.
    public var metadata: JSONObject?
    /// Extensions the artifact makes use of.
    public var extensions: [String]

    /// Makes an artifact.
    public init(
        artifactID: String, name: String? = nil, description: String? = nil, parts: [Part],
        metadata: JSONObject? = nil, extensions: [String] = []
    ) {
        self.artifactID = artifactID
        self.name = name
        self.description = description
        self.parts = parts
        self.metadata = metadata
        self.extensions = extensions
    }
}
