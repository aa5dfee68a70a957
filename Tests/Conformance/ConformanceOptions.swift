/// What the words behind `carrel-conformance` ask for.
struct ConformanceOptions {
    /// What the agent's card says that it can.
    enum Profile: String {
        /// Everything.
        case whole
        /// No streams, no push notifications, no extended card: each is to be refused by its own error.
        case bare
        /// Everything, for clients that declare an extension.
        case `extension`
    }

    struct UsageError: Error, CustomStringConvertible {
        let problem: String
        var description: String { problem }
    }

    var host = "127.0.0.1"
    var port: UInt16 = 0
    var data: String?
    /// Messages of which version's suite the agent's fixtures know.
    var hooks = A2AFixtures.Hooks.v1_0
    var profile = Profile.whole
    /// Whether requests without a credential get one.
    var admitsStrangers = true
    var tlsCertificate: String?
    var tlsKey: String?
    var drainSeconds = 10
    var hasLegacyTasks = false
    /// Whether receivers of push notifications that fail are tried again within tenths of a second.
    var pushesFast = false

    init(_ words: [String]) throws(UsageError) {
        var words = words[...]
        while let word = words.popFirst() {
            guard let value = words.popFirst() else { throw UsageError(problem: "\(word) needs a value") }
            switch word {
            case "--data": data = value
            case "--hooks": hooks = try Self.known(value, behind: word)
            case "--profile": profile = try Self.known(value, behind: word)
            case "--tls-cert": tlsCertificate = value
            case "--tls-key": tlsKey = value
            case "--drain":
                guard let seconds = Int(value) else { throw UsageError(problem: "--drain takes seconds") }
                drainSeconds = seconds
            case "--legacy": hasLegacyTasks = value == "on"
            case "--push": pushesFast = value == "fast"
            case "--listen":
                let border = value.lastIndex(of: ":")
                guard let border, let port = UInt16(value[value.index(after: border)...]) else {
                    throw UsageError(problem: "--listen takes HOST:PORT")
                }
                host = String(value[..<border])
                self.port = port
            case "--strangers":
                guard let known = ["admitted": true, "refused": false][value] else {
                    throw UsageError(problem: "--strangers takes admitted or refused")
                }
                admitsStrangers = known
            default: throw UsageError(problem: "\(word) is not an option")
            }
        }
    }

    private static func known<Value: RawRepresentable<String>>(_ text: String, behind word: String) throws(UsageError)
        -> Value
    {
        guard let value = Value(rawValue: text) else { throw UsageError(problem: "\(word) does not take \(text)") }
        return value
    }
}
