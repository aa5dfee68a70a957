/// Seals small texts that clients carry for us and must not change: cursors, request states.
///
/// Text form: base64url of `version | payload | tag`, tag = the first 16 bytes of HMAC-SHA256 over purpose, version and
/// payload. The payload is readable; it is protected against change, not against eyes. A text sealed for one purpose opens
/// for no other.
public struct TokenSeal: Sendable {
    private let key: [UInt8]

    private static let version: UInt8 = 1
    private static let tagLength = 16

    /// Makes a seal with a key of 32 bytes.
    public init(key: [UInt8]) { self.key = key }

    /// The sealed form of `payload`.
    /// - Parameter purpose: What it is for and whom it is bound to, such as `cursor tools` or a principal; without NUL.
    public func seal(_ payload: [UInt8], for purpose: String) -> String {
        let body = [Self.version] + payload
        return Digest.base64URL(body + tag(body, purpose))
    }

    /// The payload of a text sealed for this purpose by this key; nil for anything else.
    public func open(_ text: String, for purpose: String, limit: Int = 8_192) -> [UInt8]? {
        guard text.utf8.count <= limit, let bytes = Digest.decodeBase64URL(text), bytes.count > Self.tagLength,
            bytes[0] == Self.version
        else { return nil }
        let body = Array(bytes.dropLast(Self.tagLength))
        guard Digest.constantTimeEquals(tag(body, purpose), Array(bytes.suffix(Self.tagLength))) else { return nil }
        return Array(body.dropFirst())
    }

    /// What shows that `text` is as it was when it was marked for this purpose by this key; it is kept beside the text.
    public func mark(_ text: [UInt8], for purpose: String) -> String { Digest.base64URL(tag(text, "mark \(purpose)")) }

    /// Whether ``mark(_:for:)`` gave this mark for the text.
    public func isMark(_ mark: String, of text: [UInt8], for purpose: String) -> Bool {
        guard mark.utf8.count <= 64, let bytes = Digest.decodeBase64URL(mark) else { return false }
        return Digest.constantTimeEquals(tag(text, "mark \(purpose)"), bytes)
    }

    private func tag(_ body: [UInt8], _ purpose: String) -> [UInt8] {
        Array(Digest.hmacSHA256(key: key, Array(purpose.utf8) + [0] + body).prefix(Self.tagLength))
    }
}
