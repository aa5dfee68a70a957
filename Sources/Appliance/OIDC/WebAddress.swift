/// An `http` or `https` URL, taken apart as far as it matters whom it leads to.
struct WebAddress {
    let origin: WebOrigin
    let text: String

    /// Reads a URL of printable ASCII without fragment and user information; nil for anything else.
    init?(_ text: String) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains("#"),
            !text.contains("\\"), !text.contains("@"),
            let origin = WebOrigin(String(text.prefix(text.utf8.count - Self.path(of: text).utf8.count)))
        else { return nil }
        self.origin = origin
        self.text = text
    }

    /// Whether keys may be fetched from there: by TLS, or from this very machine where that is allowed.
    func isTrustworthy(allowingLoopback: Bool) -> Bool {
        origin.scheme == "https" || (allowingLoopback && isLoopback)
    }

    /// Whether it leads to this very machine.
    var isLoopback: Bool { HostAndPort.isLoopback(origin.host) }

    /// What follows scheme, host and port: empty, or from the slash or question mark on.
    static func path(of text: String) -> String {
        let scheme = text.utf8.prefix { $0 != UInt8(ascii: "/") }
        let authority = text.utf8.dropFirst(scheme.count + 2).prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?")
        }
        return String(decoding: text.utf8.dropFirst(scheme.count + 2 + authority.count), as: UTF8.self)
    }
}
