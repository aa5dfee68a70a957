/// Who is believed when it says for whom it asks: the addresses of proxies in front.
public struct TrustedProxies: Hashable, Sendable {
    private var ranges: [IPRange] = []
    private var includesSockets = false

    /// Nobody.
    public init() {}

    /// Reads addresses, ranges (`10.1.0.0/16`) and the word `unix`, which means ``ListenAddress/shared(path:mode:)``.
    ///
    /// Nil if one is none of these.
    public init?(_ texts: [String]) {
        for text in texts {
            if text == "unix" {
                includesSockets = true
            } else if let range = IPRange(text) {
                ranges.append(range)
            } else {
                return nil
            }
        }
    }

    /// Whether what this peer says of its client is believed; never of the server's own socket.
    func trusts(_ peer: PeerAddress, _ address: IPAddress?) -> Bool {
        switch peer {
        case .ip: address.map(contains) ?? false
        case .sharedSocket: includesSockets
        case .unixSocket: false
        }
    }

    func contains(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }
}

/// What a trusted proxy says of the client it asks for.
package struct ForwardedClient: Equatable {
    /// The nearest address that is not a trusted proxy's.
    package var client: PeerAddress
    /// Whether the client came by https; nil where nothing is said.
    package var isSecure: Bool?

    /// One hop of the way, as the next one saw it.
    private struct Hop {
        var address: IPAddress?
        var isSecure: Bool?
    }

    /// Only the nearest are looked at.
    private static let hopLimit = 32

    /// Reads `X-Forwarded-For` with `X-Forwarded-Proto`, or `Forwarded` (RFC 7239), from the right: each proxy appends,
    /// so what stands left of the first address that is not a proxy's may be anybody's invention.
    ///
    /// A proxy keeps one of the two and passes the other on as it came. Where both are there and disagree neither is
    /// believed, and the proxy itself is the client.
    package init(_ headers: HTTPHeaders, from peer: PeerAddress, proxies: TrustedProxies) {
        let old = headers.values("X-Forwarded-For")
        let new = headers.values("Forwarded")
        let scheme = headers.values("X-Forwarded-Proto").last.flatMap { Self.scheme(Self.lastItem($0)) }
        var said = ForwardedClient(client: peer, isSecure: scheme)
        if !old.isEmpty {
            said.client = Self.walk(Self.split(old).map { Hop(address: Self.address($0)) }, peer, proxies)
        }
        if !new.isEmpty {
            let hops = ForwardedField.elements(new.joined(separator: ",")).map { pairs in
                Hop(
                    address: pairs.last { $0.name == "for" }.flatMap { Self.address($0.value[...]) },
                    isSecure: pairs.last { $0.name == "proto" }.flatMap { Self.scheme($0.value[...]) })
            }
            let other = ForwardedClient(
                client: Self.walk(hops, peer, proxies), isSecure: scheme ?? hops.last?.isSecure)
            said = old.isEmpty || other.client == said.client ? other : ForwardedClient(client: peer, isSecure: nil)
        }
        self = said
    }

    private init(client: PeerAddress, isSecure: Bool?) {
        self.client = client
        self.isSecure = isSecure
    }

    private static func walk(_ hops: [Hop], _ peer: PeerAddress, _ proxies: TrustedProxies) -> PeerAddress {
        var client = peer
        for hop in hops.reversed().prefix(hopLimit) {
            // `unknown` and obfuscated names: the proxy that wrote them is all that is known.
            guard let address = hop.address else { break }
            client = .ip("\(address)")
            if !proxies.contains(address) { break }
        }
        return client
    }

    private static func split(_ values: [String]) -> [Substring] {
        values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    private static func lastItem(_ value: String) -> Substring {
        value.split(separator: ",", omittingEmptySubsequences: false).last ?? ""
    }

    private static func scheme(_ text: Substring) -> Bool? {
        let name = trimmed(text)
        if ASCII.equalIgnoringCase(String(name), "https") { return true }
        return ASCII.equalIgnoringCase(String(name), "http") ? false : nil
    }

    /// An address, with a port or without; IPv6 with a port stands in brackets.
    private static func address(_ text: Substring) -> IPAddress? {
        let text = trimmed(text)
        if text.utf8.first == UInt8(ascii: "[") {
            return text.firstIndex(of: "]").flatMap { IPAddress(String(text[text.index(after: text.startIndex)..<$0])) }
        }
        if let address = IPAddress(String(text)) { return address }
        return text.lastIndex(of: ":").flatMap { IPAddress(String(text[..<$0])) }.flatMap { $0.isIPv4 ? $0 : nil }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// The field `Forwarded` (RFC 7239): elements between commas, pairs between semicolons, values plain or quoted.
enum ForwardedField {
    /// The pairs of each element, names in lower case; what is not a pair is left out.
    static func elements(_ value: String) -> [[(name: String, value: String)]] {
        var elements: [[(name: String, value: String)]] = [[]]
        var name: [UInt8]?
        var text: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        func endPair() {
            if let name {
                elements[elements.count - 1].append(
                    (String(decoding: name.map(ASCII.lowercased), as: UTF8.self), String(decoding: text, as: UTF8.self))
                )
            }
            name = nil
            text = []
        }
        for byte in value.utf8 {
            if isEscaped {
                text.append(byte)
                isEscaped = false
            } else if isQuoted {
                switch byte {
                case UInt8(ascii: "\\"): isEscaped = true
                case UInt8(ascii: "\""): isQuoted = false
                default: text.append(byte)
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isQuoted = true
                case UInt8(ascii: "="):
                    name = text
                    text = []
                case UInt8(ascii: ";"): endPair()
                case UInt8(ascii: ","):
                    endPair()
                    elements.append([])
                case ASCII.space, ASCII.tab: break
                default: text.append(byte)
                }
            }
        }
        endPair()
        return elements
    }
}
