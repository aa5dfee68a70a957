/// Where a receiver is reached, taken apart strictly, so that nobody reads it in another way than we do.
struct PushURL: Sendable, Hashable {
    let scheme: String
    /// A name in lower case, or an address without brackets.
    let host: String
    let port: Int
    /// With the slash it begins with, and the query.
    let path: String

    /// Reads `http://` or `https://`, host, maybe a port, path and query.
    ///
    /// No user information, no fragment, no character that needs escaping; nothing is looked up.
    init?(_ text: String) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            (scheme, rest) = ("https", text.dropFirst(8))
        } else if text.lowercased().hasPrefix("http://") {
            (scheme, rest) = ("http", text.dropFirst(7))
        } else {
            return nil
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let path = rest[end...]
        guard !path.contains(where: { "#\\\"<>^`{|}".contains($0) }) else { return nil }
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        guard let place = HostAndPort(String(rest[..<end])), !place.host.isEmpty else { return nil }
        host = place.host.lowercased()
        port = place.port.map { Int($0) } ?? (scheme == "https" ? 443 : 80)
        let isAddress = host.contains(":")
        let letters = isAddress ? "0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789.-_"
        guard port > 0, host.allSatisfy({ letters.contains($0) }) else { return nil }
    }

    /// The whole, as it is called.
    var text: String { "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)" }
}
