import HTTPServer

/// Which model outside puts first hits into a better order, and how long it may take.
package struct RerankSettings: Sendable, Equatable {
    /// The whole address: `https://api.jina.ai/v1/rerank`; nil: there is none.
    package var url: String?
    /// The model's name in the request; nil leaves it out.
    package var model: String?
    /// The file of the bearer token.
    package var keyFile: String?
    /// PEM certificates to trust instead of the system's.
    package var authorities: String?
    /// For one call, from the name's lookup to the last byte.
    package var timeout = Duration.milliseconds(1_000)
    /// Documents of one call.
    package var documents = 50

    package init() {}

    static let timeoutRange = 10...30_000
    static let documentRange = 2...100

    /// Whether texts may be sent to an address: by TLS, or to this very machine.
    static func isTrustworthy(_ url: String) -> Bool {
        WebAddress(url)?.isTrustworthy(allowingLoopback: true) ?? false
    }
}
