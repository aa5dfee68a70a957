/// What a tool call came to, before it is put into an envelope.
public struct ToolResult: Sendable, Hashable {
    /// The result as the bytes of one JSON object.
    public var structured: [UInt8]?
    /// The text block; nil = the same JSON as `structured`, for clients that read only text.
    public var text: String?
    /// Blocks in the place of the text block; nil = that block alone.
    public var blocks: [ContentBlock]?
    /// Whether the tool failed, in a way a model can read and react to.
    public var isError: Bool

    /// Makes a result.
    public init(structured: [UInt8]?, text: String? = nil, isError: Bool = false) {
        self.structured = structured
        self.text = text
        self.isError = isError
    }

    /// A result that is its blocks.
    public static func content(_ blocks: [ContentBlock]) -> ToolResult {
        var result = ToolResult(structured: nil)
        result.blocks = blocks
        return result
    }

    /// A failure told in one text.
    public static func failure(_ text: String) -> ToolResult {
        ToolResult(structured: nil, text: text, isError: true)
    }

    /// Wrong arguments: every problem on its own line, so that a model can correct them all at once.
    public static func invalidArguments(_ problems: [String]) -> ToolResult {
        failure((["Invalid arguments:"] + problems.map { "- \($0)" }).joined(separator: "\n"))
    }
}
