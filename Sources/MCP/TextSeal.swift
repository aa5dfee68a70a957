/// Seals texts that clients carry for us, such as cursors: made and opened by who holds the key.
///
/// The protocol machine itself knows no cryptography.
public struct TextSeal: Sendable {
    /// The sealed form of a payload for one purpose.
    public let seal: @Sendable (_ payload: [UInt8], _ purpose: String) -> String
    /// The payload of a text sealed for this purpose; nil for anything else.
    public let open: @Sendable (_ text: String, _ purpose: String) -> [UInt8]?

    /// Makes a seal.
    public init(
        seal: @escaping @Sendable (_ payload: [UInt8], _ purpose: String) -> String,
        open: @escaping @Sendable (_ text: String, _ purpose: String) -> [UInt8]?
    ) {
        self.seal = seal
        self.open = open
    }
}
