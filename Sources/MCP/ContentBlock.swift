import JSON

/// One block of a tool's result or of a prompt's message.
public enum ContentBlock: Sendable, Hashable {
    /// Plain text.
    case text(String)
    /// A picture, Base64.
    case image(data: String, mimeType: String)
    /// A sound, Base64.
    case audio(data: String, mimeType: String)
    /// Where something can be read.
    case resourceLink(ResourceDefinition)
    /// Something that can be read, along with it.
    case resource(ResourceContents)

    /// Writes the block as one object.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .text(let text):
            writer.member("type", "text")
            writer.member("text", text)
        case .image(let data, let mimeType):
            writer.member("type", "image")
            writer.member("data", data)
            writer.member("mimeType", mimeType)
        case .audio(let data, let mimeType):
            writer.member("type", "audio")
            writer.member("data", data)
            writer.member("mimeType", mimeType)
        case .resourceLink(let resource):
            writer.member("type", "resource_link")
            resource.writeMembers(to: &writer)
        case .resource(let contents):
            writer.member("type", "resource")
            writer.key("resource")
            contents.write(to: &writer)
        }
        writer.endObject()
    }
}
