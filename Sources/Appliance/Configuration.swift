package import A2A
package import HTTPServer

/// Everything an operator can set, with its default.
///
/// Read from `DATA/config.json`, then from `CARREL_*` variables, then from flags; the later wins. `Configuration+Sources.swift` holds
/// the names. An unknown key or a wrong type is an error that names key and source, never ignored.
package struct Configuration: Sendable, Equatable {
    /// The folder that holds everything: tenants, keys, the socket of the running server.
    package var dataFolder = "carrel-data"
    /// Where the server listens: off loopback only with TLS or ``plainHTTP``, on a wildcard only with ``publicURL``; port
    /// 0 takes any free one.
    package var listeners: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8080)]
    /// Scheme, host and port under which clients reach the box; else the address that was bound.
    package var publicURL: WebOrigin?
    /// Further names that may stand in `Host`, without ports.
    package var allowedHosts: [String] = []
    /// Listens off loopback without TLS: for a box behind a proxy that ends TLS.
    package var plainHTTP = false
    /// Proxies in front whose word about their clients is taken.
    package var trustedProxies = TrustedProxies()
    /// Connections of one client at a time; 0 is no limit.
    package var connectionsPerAddress = 256
    /// PEM file of the server's certificate and its chain; with ``tlsKey`` the listener speaks TLS.
    package var tlsCertificate: String?
    /// PEM file of the certificate's private key, for its owner alone.
    package var tlsKey: String?
    /// The oldest TLS spoken.
    package var tlsMinimum = TLSVersion.v1_3
    /// PEM file of the authorities whose certificates clients show.
    package var tlsClientCA: String?
    /// Whether a client may come without a certificate all the same.
    package var tlsClientIsOptional = false
    /// Refused credentials a minute from one address before 429 takes the place of 401, up to 1,000; 0 is off.
    package var refusalsPerMinute = 10
    /// Who gives credentials.
    package var authorization = AuthorizationSettings()
    /// Whether searches too are refused while their audit rows cannot be kept.
    package var auditRequired = false
    /// Requests a minute of the tiers; `local` has no limit.
    package var freeRatePerMinute = 10.0
    package var proRatePerMinute = 100.0
    package var enterpriseRatePerMinute = 1000.0
    /// The part of a tenant's rate that one of its users may take, above 0 to 1.
    package var userShareOfRate = 1.0
    /// Lines below this level are not written.
    package var logLevel = Log.Level.info
    /// The model pack; else it is looked for in the data folder, beside the binary and in the checkout.
    package var modelPath: String?
    /// The pack of the model before: its vectors answer until those of the present one are complete.
    package var previousModelPath: String?
    /// Threads that embed queries and documents.
    package var embeddingThreads = 2
    /// How rankings by words and by meaning are joined where neither request nor collection say it.
    package var fusion = SearchRequest.Fusion.rrf
    /// Which model outside orders the first hits where a search asks for that.
    package var rerank = RerankSettings()
    /// The part of the searches by meaning that are compared with the truth, 0 to 1.
    package var recallShare = 0.01
    /// Event streams that one credential may have open at once.
    package var streamsPerCredential = 256
    /// Who may be told of tasks' events; empty: push notifications are off.
    package var pushAllow = PushAllowList()
    /// How long a task is kept after it is over.
    package var taskRetentionDays = 30
    /// In which A2A 1.0 answers over HTTP+JSON.
    package var agentMediaType = RESTMediaType.asAsked
    /// Whether the routes of the article's first server are there.
    package var legacyTasksAPI = false
    /// How long a stopping server waits for answers under way.
    package var drainSeconds = 10

    /// The defaults.
    package init() {}

    /// Whether the listener speaks TLS.
    package var servesTLS: Bool { tlsCertificate != nil && tlsKey != nil }

    /// Host of the first TCP listener, which names the box where no public URL does.
    package var listenHost: String {
        get { firstTCP.host }
        set { firstTCP = (newValue, listenPort) }
    }

    /// Port of the first TCP listener.
    package var listenPort: UInt16 {
        get { firstTCP.port }
        set { firstTCP = (listenHost, newValue) }
    }

    /// A box that listens on socket files alone is this machine's.
    private var firstTCP: (host: String, port: UInt16) {
        get {
            for case .tcp(let host, let port) in listeners { return (host, port) }
            return ("localhost", 80)
        }
        set {
            let place = listeners.firstIndex { if case .tcp = $0 { true } else { false } }
            let address = ListenAddress.tcp(host: newValue.host, port: newValue.port)
            if let place { listeners[place] = address } else { listeners.insert(address, at: 0) }
        }
    }

    /// The hosts of all TCP listeners.
    var listenHosts: [String] {
        listeners.compactMap { if case .tcp(let host, _) = $0 { host } else { nil } }
    }

    /// Checks what one key alone cannot show.
    /// - Throws: ``ApplianceError/listenRefused(reason:)``.
    package func checkListener() throws(ApplianceError) {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw .listenRefused(reason: "--tls-cert and --tls-key are given together or not at all")
        }
        if tlsClientCA != nil, !servesTLS {
            throw .listenRefused(
                reason: "--tls-client-ca needs --tls-cert and --tls-key: certificates are shown in TLS")
        }
        if tlsClientIsOptional, tlsClientCA == nil {
            throw .listenRefused(reason: "--tls-client-optional needs --tls-client-ca")
        }
        if servesTLS, plainHTTP {
            throw .listenRefused(reason: "--plain-http and --tls-cert exclude each other; leave one of them out")
        }
        if servesTLS, let publicURL, publicURL.scheme != "https" {
            throw .listenRefused(
                reason: "--public-url \(publicURL) is not what clients reach: this server speaks TLS, write https://")
        }
        for host in listenHosts { try checkListener(on: host) }
    }

    private func checkListener(on host: String) throws(ApplianceError) {
        if HostAndPort.isWildcard(host), publicURL == nil {
            throw .listenRefused(
                reason:
                    "listening on every address (\(host)) needs --public-url, the address under which clients reach this box"
            )
        }
        if !HostAndPort.isLoopback(host), !servesTLS, !plainHTTP {
            throw .listenRefused(
                reason: "listening on \(host) without TLS would send tokens in the clear; "
                    + "give --tls-cert and --tls-key (carrel tls self-signed makes a first pair), listen on 127.0.0.1, "
                    + "or give --plain-http when a proxy in front ends TLS")
        }
    }
}
