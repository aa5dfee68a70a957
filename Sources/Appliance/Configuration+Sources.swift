import A2A
import Glibc
import HTTPServer
import JSON

extension Configuration {
    /// One key of the file; its variable and its flag follow from the name.
    struct Setting: Sendable {
        /// Dotted path in `config.json`: `auth.refusals_per_minute`.
        let key: String
        /// What the value must be, for messages.
        let expects: String
        /// What it is for, with its default, for the help of `serve`.
        var help = ""
        /// What stands for the value in the help.
        var word = "VALUE"
        /// What the value can be, for completions.
        var kind = WordKind.text
        /// Its flag may be given several times.
        var repeats = false
        /// Returns false when the value does not fit.
        let apply: @Sendable (inout Configuration, JSONValue) -> Bool
        let parse: @Sendable (String) -> JSONValue?

        /// `CARREL_AUTH_REFUSALS_PER_MINUTE`.
        var variable: String { "CARREL_" + String(key.map { $0 == "." ? "_" : $0 }).uppercased() }
        /// `--auth-refusals-per-minute`.
        var flag: String { "--" + String(key.map { $0 == "." || $0 == "_" ? "-" : $0 }) }
    }

    /// Every key of `config.json`.
    static let settings: [Setting] = generalSettings + searchSettings + authorizationSettings

    private static let generalSettings: [Setting] = [
        .names(
            "listen", "HOST:PORT, [IPV6]:PORT, unix:/PATH or unix:/PATH?mode=660, or a list of them", word: "ADDRESS",
            help: "HOST:PORT, [IPV6]:PORT or unix:/PATH; may be repeated; port 0 takes any free one "
                + "(default 127.0.0.1:8080)",
            takesOne: true
        ) { configuration, texts in
            let addresses = texts.compactMap(ListenAddress.init(configured:))
            guard !addresses.isEmpty, addresses.count == texts.count else { return false }
            configuration.listeners = addresses
            return true
        },
        .text(
            "public_url", "http(s)://HOST[:PORT] without a path", word: "URL",
            help: "how clients reach this box, as http(s)://HOST[:PORT] (default: the address it listens on)"
        ) { configuration, text in
            configuration.publicURL = WebOrigin(text)
            return configuration.publicURL != nil
        },
        .names(
            "allow_hosts", "a list of host names without ports", word: "NAMES",
            help: "further names clients may call this box by, separated by commas"
        ) { configuration, names in
            configuration.allowedHosts = names
            return names.allSatisfy { HostAndPort($0).map { $0.port == nil } ?? false }
        },
        .flag(
            "plain_http", help: "listen off loopback without TLS: only behind a proxy that ends TLS"
        ) { $0.plainHTTP = $1 },
        .names(
            "trusted_proxies", "a list of addresses, ranges such as 10.1.0.0/16, or the word unix", word: "ADDRESSES",
            help: "proxies in front whose X-Forwarded-For or Forwarded is believed: addresses, ranges such as "
                + "10.1.0.0/16, or unix; may be repeated"
        ) { configuration, texts in
            guard let proxies = TrustedProxies(texts) else { return false }
            configuration.trustedProxies = proxies
            return true
        },
        .whole(
            "limits.connections_per_address", 0...100_000,
            help: "connections of one client at a time (IPv6 by /64); 0 is no limit (default 256)"
        ) { $0.connectionsPerAddress = $1 },
        .text(
            "tls.cert", "the path of a PEM file: the server's certificate, then its chain", word: "FILE",
            help: "the certificate to serve TLS with, a PEM file with its chain (see carrel tls self-signed)",
            kind: .file
        ) { configuration, path in
            configuration.tlsCertificate = path
            return !path.isEmpty
        },
        .text(
            "tls.key", "the path of a PEM file: the certificate's private key", word: "FILE",
            help: "the certificate's private key, a PEM file only its owner can read", kind: .file
        ) { configuration, path in
            configuration.tlsKey = path
            return !path.isEmpty
        },
        .text(
            "tls.min", "1.2 | 1.3", word: "VERSION",
            help: "the oldest TLS a client may speak, 1.2 or 1.3 (default 1.3)",
            kind: .oneOf(["1.2", "1.3"])
        ) { configuration, text in
            guard let version = ["1.2": TLSVersion.v1_2, "1.3": .v1_3][text] else { return false }
            configuration.tlsMinimum = version
            return true
        },
        .text(
            "tls.client_ca", "the path of a PEM file: the authorities that issue clients' certificates", word: "FILE",
            help: "clients must show a certificate that one of these authorities issued, a PEM file", kind: .file
        ) { configuration, path in
            configuration.tlsClientCA = path
            return !path.isEmpty
        },
        .flag("tls.client_optional", help: "with tls-client-ca: a client without a certificate may come too") {
            $0.tlsClientIsOptional = $1
        },
        .whole(
            "auth.refusals_per_minute", 0...1_000,
            help: "refused credentials a minute from one address before it has to wait; 0 is off (default 10)"
        ) { $0.refusalsPerMinute = $1 },
        .flag("audit.required", help: "refuse searches too while their audit rows cannot be kept") {
            $0.auditRequired = $1
        },
        .number("rates.free", 0.1...1e9, help: "requests a minute of tenants of tier free (default 10)") {
            $0.freeRatePerMinute = $1
        },
        .number("rates.pro", 0.1...1e9, help: "requests a minute of tenants of tier pro (default 100)") {
            $0.proRatePerMinute = $1
        },
        .number("rates.enterprise", 0.1...1e9, help: "requests a minute of tenants of tier enterprise (default 1000)") {
            $0.enterpriseRatePerMinute = $1
        },
        .number(
            "rates.user_share", 0.001...1, help: "the part of a tenant's rate one user may take (default 1, all)"
        ) { $0.userShareOfRate = $1 },
        .text(
            "log.level", Log.Level.allCases.map(\.rawValue).joined(separator: " | "), word: "LEVEL",
            help: "debug, info, warning or error: what is logged (default info)",
            kind: .oneOf(Log.Level.allCases.map(\.rawValue))
        ) { configuration, text in
            guard let level = Log.Level(rawValue: text) else { return false }
            configuration.logLevel = level
            return true
        },
        .text(
            "model", "the path of a model pack", word: "PACK",
            help: "the embedding model (default: the first found; carrel version says which)", kind: .file
        ) { configuration, path in
            configuration.modelPath = path
            return !path.isEmpty
        },
        .text(
            "previous_model", "the path of a model pack", word: "PACK",
            help: "the model before: its vectors answer until those of the present one are complete", kind: .file
        ) { configuration, path in
            configuration.previousModelPath = path
            return !path.isEmpty
        },
        .whole(
            "embedding.threads", 1...256, help: "threads that embed, for queries and for documents each (default 2)"
        ) { $0.embeddingThreads = $1 },
        .number(
            "recall.share", 0...1,
            help: "part of the searches by meaning that are compared with the truth, 0 to 1 (default 0.01)"
        ) { $0.recallShare = $1 },
        .whole(
            "streams_per_credential", 1...100_000, help: "event streams one credential may have open (default 256)"
        ) { $0.streamsPerCredential = $1 },
        .names(
            "push.allow", "a list of HOST:PORT, ADDRESS:PORT and RANGE:PORT, such as 10.1.0.0/16:443",
            word: "TARGET",
            help: "HOST:PORT or CIDR:PORT that may be sent push notifications; may be repeated "
                + "(default: none, push is off)"
        ) { configuration, targets in
            guard let list = PushAllowList(targets) else { return false }
            configuration.pushAllow = list
            return true
        },
        .whole("tasks.retention_days", 1...36_500, help: "days a task is kept after it is over (default 30)") {
            $0.taskRetentionDays = $1
        },
        .text(
            "a2a.rest_media_type", RESTMediaType.allCases.map(\.rawValue).joined(separator: " | "), word: "TYPE",
            help: "media type of A2A's answers over HTTP+JSON: auto, application/json or application/a2a+json "
                + "(default auto, as the caller asks)",
            kind: .oneOf(RESTMediaType.allCases.map(\.rawValue))
        ) { configuration, text in
            guard let type = RESTMediaType(rawValue: text) else { return false }
            configuration.agentMediaType = type
            return true
        },
        .flag("legacy_tasks_api", help: "serve the old task routes (/agent, /tasks) beside A2A; deprecated") {
            $0.legacyTasksAPI = $1
        },
        .whole("drain_seconds", 0...3600, help: "how long a stop waits for answers under way (default 10)") {
            $0.drainSeconds = $1
        },
    ]

    /// Reads the configuration of a data folder.
    /// - Parameters:
    ///   - dataFolder: The folder, which may not exist yet.
    ///   - file: Another file than `DATA/config.json`; that one must exist then.
    ///   - environment: Variables of the process; those not named here are left alone.
    ///   - flags: Keys of ``settings`` with the text behind their flag, in the order given.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)``.
    package static func load(
        dataFolder: String, file: String? = nil, environment: [String: String] = [:],
        flags: [(key: String, value: String)] = []
    ) throws(ApplianceError) -> Configuration {
        var configuration = Configuration()
        configuration.dataFolder = dataFolder
        let path = file ?? dataFolder + "/config.json"
        if let bytes = try read(path, mustExist: file != nil) {
            try configuration.merge(file: bytes, named: path)
        }
        for setting in settings {
            guard let text = environment[setting.variable] else { continue }
            try configuration.apply(setting, text: text, source: "variable \(setting.variable)")
        }
        for (key, text) in flags {
            guard let setting = settings.first(where: { $0.key == key }) else {
                throw .configuration(source: "flags", key: key, reason: "is not a setting")
            }
            try configuration.apply(setting, text: text, source: "flag \(setting.flag)")
        }
        return configuration
    }

    /// Merges the bytes of a configuration file.
    package mutating func merge(file bytes: [UInt8], named path: String) throws(ApplianceError) {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: bytes)
        } catch {
            throw .configuration(source: path, key: "byte \(error.offset)", reason: "is not JSON: \(error.reason)")
        }
        guard let object = root.objectValue else {
            throw .configuration(source: path, key: "the file", reason: "must hold one JSON object")
        }
        try merge(object, prefix: "", path: path)
    }

    private mutating func merge(_ object: JSONObject, prefix: String, path: String) throws(ApplianceError) {
        for (name, value) in object.members {
            let key = prefix + name
            if let setting = Self.settings.first(where: { $0.key == key }) {
                guard setting.apply(&self, value) else {
                    throw .configuration(source: path, key: key, reason: "must be \(setting.expects)")
                }
            } else if let group = value.objectValue, Self.settings.contains(where: { $0.key.hasPrefix(key + ".") }) {
                try merge(group, prefix: key + ".", path: path)
            } else {
                let known = Self.settings.map(\.key).joined(separator: ", ")
                throw .configuration(source: path, key: key, reason: "is not a setting; settings are \(known)")
            }
        }
    }

    private mutating func apply(_ setting: Setting, text: String, source: String) throws(ApplianceError) {
        guard let value = setting.parse(text), setting.apply(&self, value) else {
            throw .configuration(source: source, key: setting.key, reason: "must be \(setting.expects)")
        }
    }

    /// The bytes of a small file; nil when it does not exist and need not.
    private static func read(_ path: String, mustExist: Bool) throws(ApplianceError) -> [UInt8]? {
        let limit = 1 << 20
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT, !mustExist { return nil }
            throw .configuration(
                source: path, key: "the file", reason: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else {
                throw .configuration(
                    source: path, key: "the file", reason: "cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw .configuration(source: path, key: "the file", reason: "is larger than \(limit) bytes")
            }
        }
    }
}

extension Configuration.Setting {
    static func text(
        _ key: String, _ expects: String, word: String = "VALUE", help: String = "", kind: WordKind = .text,
        _ apply: @escaping @Sendable (inout Configuration, String) -> Bool
    ) -> Self {
        Self(
            key: key, expects: expects, help: help, word: word, kind: kind,
            apply: { configuration, value in value.stringValue.map { apply(&configuration, $0) } ?? false },
            parse: { .string($0) })
    }

    static func flag(
        _ key: String, help: String = "", _ apply: @escaping @Sendable (inout Configuration, Bool) -> Void
    ) -> Self {
        Self(
            key: key, expects: "true or false", help: help,
            apply: { configuration, value in value.boolValue.map { apply(&configuration, $0) } != nil },
            parse: { text in
                switch text.lowercased() {
                case "true", "1", "yes", "on": .bool(true)
                case "false", "0", "no", "off": .bool(false)
                default: nil
                }
            })
    }

    static func whole(
        _ key: String, _ range: ClosedRange<Int>, help: String = "",
        _ apply: @escaping @Sendable (inout Configuration, Int) -> Void
    ) -> Self {
        Self(
            key: key, expects: "a whole number from \(range.lowerBound) to \(range.upperBound)", help: help, word: "N",
            apply: { configuration, value in
                guard let number = value.integerValue.flatMap(Int.init(exactly:)), range.contains(number) else {
                    return false
                }
                apply(&configuration, number)
                return true
            },
            parse: { Int64($0).map(JSONValue.integer) })
    }

    static func number(
        _ key: String, _ range: ClosedRange<Double>, help: String = "",
        _ apply: @escaping @Sendable (inout Configuration, Double) -> Void
    ) -> Self {
        Self(
            key: key, expects: "a number from \(range.lowerBound) to \(range.upperBound)", help: help, word: "X",
            apply: { configuration, value in
                guard let number = value.doubleValue, range.contains(number) else { return false }
                apply(&configuration, number)
                return true
            },
            parse: { Double($0).map(JSONValue.number) })
    }

    /// A list in the file, words between commas elsewhere.
    /// - Parameter takesOne: Whether the file may hold one text instead of a list.
    static func names(
        _ key: String, _ expects: String, word: String, help: String, takesOne: Bool = false,
        _ apply: @escaping @Sendable (inout Configuration, [String]) -> Bool
    ) -> Self {
        Self(
            key: key, expects: expects, help: help, word: word, repeats: true,
            apply: { configuration, value in
                if takesOne, let text = value.stringValue { return apply(&configuration, [text]) }
                guard let items = value.arrayValue else { return false }
                let names = items.compactMap(\.stringValue)
                return names.count == items.count && apply(&configuration, names)
            },
            parse: { text in .array(text.split(separator: ",").map { .string(String($0)) }) })
    }
}

extension ListenAddress {
    /// Reads `HOST:PORT`, `[IPV6]:PORT`, or `unix:` with an absolute path and perhaps `?mode=` in octal, else 660.
    init?(configured text: String) {
        guard text.hasPrefix("unix:") else {
            guard let address = HostAndPort(text), let port = address.port else { return nil }
            self = .tcp(host: address.host, port: port)
            return
        }
        let parts = text.dropFirst(5).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].hasPrefix("/") else { return nil }
        var mode: UInt32 = 0o660
        if parts.count == 2 {
            guard parts[1].hasPrefix("mode="), let number = UInt32(parts[1].dropFirst(5), radix: 8), number <= 0o777
            else { return nil }
            mode = number
        }
        self = .shared(path: String(parts[0]), mode: mode)
    }
}
