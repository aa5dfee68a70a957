/// The two forms of the protocol that are spoken; only major and minor number are negotiated.
public enum A2AVersion: String, Sendable, Hashable, CaseIterable {
    /// The current one, and that of the stored values.
    case v1_0 = "1.0"
    /// What older clients speak: the same values in another spelling.
    case v0_3 = "0.3"

    /// The version that `1.0`, `1.0.4`, `0.3` or `0.3.0` stands for; nil for any other text.
    public init?(negotiating text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ Self.isNumber($0) }),
            let version = A2AVersion(rawValue: parts[..<2].joined(separator: "."))
        else { return nil }
        self = version
    }

    private static func isNumber(_ text: Substring) -> Bool {
        (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
