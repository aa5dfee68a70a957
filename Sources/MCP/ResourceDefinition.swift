import JSON

/// One resource as `resources/list` shows it.
public struct ResourceDefinition: Sendable, Hashable {
    /// Its address, unique in the list.
    public var uri: String
    /// Its name for programs.
    public var name: String
    /// Its name for people.
    public var title: String?
    /// What it holds, for a model that decides whether to read it.
    public var description: String?
    /// Media type of its contents.
    public var mimeType: String?

    /// Makes a definition.
    public init(
        uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil
    ) {
        self.uri = uri
        self.name = name
        self.title = title
        self.description = description
        self.mimeType = mimeType
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.member("uri", uri)
        writer.member("name", name)
        if let title { writer.member("title", title) }
        if let description { writer.member("description", description) }
        if let mimeType { writer.member("mimeType", mimeType) }
    }

    /// The entry of the list.
    public var entry: ListEntry {
        var writer = JSONWriter()
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
        return ListEntry(id: uri, encoded: writer.bytes)
    }
}

/// Addresses of one form, as `resources/templates/list` shows them.
public struct ResourceTemplate: Sendable, Hashable {
    /// RFC 6570 with `{variable}` alone.
    public let uriTemplate: String
    /// Its name for programs.
    public let name: String
    /// Its name for people.
    public let title: String
    /// What such an address holds.
    public let description: String
    /// Media type of the contents.
    public let mimeType: String?

    /// Makes a template.
    public init(uriTemplate: String, name: String, title: String, description: String, mimeType: String? = nil) {
        self.uriTemplate = uriTemplate
        self.name = name
        self.title = title
        self.description = description
        self.mimeType = mimeType
    }

    /// Names between braces, in order.
    public var variables: [String] {
        uriTemplate.split(separator: "{").dropFirst().compactMap { piece in
            piece.firstIndex(of: "}").map { String(piece[..<$0]) }
        }
    }

    /// The entry of the list.
    public var entry: ListEntry {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("uriTemplate", uriTemplate)
        writer.member("name", name)
        writer.member("title", title)
        writer.member("description", description)
        if let mimeType { writer.member("mimeType", mimeType) }
        writer.endObject()
        return ListEntry(id: uriTemplate, encoded: writer.bytes)
    }
}

/// What an address holds.
public struct ResourceContents: Sendable, Hashable {
    /// Text or Base64.
    public enum Body: Sendable, Hashable {
        case text(String)
        case blob(String)
    }

    /// The address that was read.
    public var uri: String
    /// Media type.
    public var mimeType: String?
    /// The contents themselves.
    public var body: Body

    /// Makes contents.
    public init(uri: String, mimeType: String?, body: Body) {
        self.uri = uri
        self.mimeType = mimeType
        self.body = body
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("uri", uri)
        if let mimeType { writer.member("mimeType", mimeType) }
        switch body {
        case .text(let text): writer.member("text", text)
        case .blob(let data): writer.member("blob", data)
        }
        writer.endObject()
    }
}
