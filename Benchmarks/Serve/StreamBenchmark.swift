import Glibc
import HTTPServer
import Synchronization

/// A server that streams the events of one log to whoever asks, for the memory and the order of many subscribers.
///
/// usage: streams PORT [CERTIFICATE KEY]; ends with its standard input. `GET /events` is the stream, `POST /publish?N`
/// adds so many events. `Serve/subscribers.py` drives it.
struct StreamBenchmark {
    /// The log, and the streams that have sent all of it.
    private final class EventLog: Sendable {
        private struct State {
            var events: [[UInt8]] = []
            var waiting: [CheckedContinuation<Void, Never>] = []
        }
        private let state = Mutex(State())

        /// Event `number`, once there is one.
        func event(_ number: Int) async -> [UInt8] {
            while true {
                if let event = state.withLock({ $0.events.count > number ? $0.events[number] : nil }) { return event }
                await withCheckedContinuation { continuation in
                    let isThere = state.withLock { state in
                        if state.events.count > number { return true }
                        state.waiting.append(continuation)
                        return false
                    }
                    if isThere { continuation.resume() }
                }
            }
        }

        func publish(_ count: Int) {
            let waiting = state.withLock { state in
                for _ in 0..<count {
                    let number = state.events.count
                    state.events.append(Array("id: \(number)\ndata: {\"progress\": \(number)}\n\n".utf8))
                }
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private let configuration: HTTPServerConfiguration

    init(_ words: [String]) throws {
        guard let port = words.first.flatMap(UInt16.init), words.count == 1 || words.count == 3 else {
            throw BenchmarkFailure("streams PORT [CERTIFICATE KEY]")
        }
        var configuration = HTTPServerConfiguration(listeners: [.tcp(host: "127.0.0.1", port: port)])
        if words.count == 3 { configuration.tls = try TLSContext(certificate: words[1], key: words[2]) }
        self.configuration = configuration
    }

    func run() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let log = EventLog()
        let server = HTTPServer(configuration) { request in
            switch request.path {
            case "/events":
                HTTPResponse(
                    headers: ["Content-Type": "text/event-stream"],
                    body: .stream { writer in
                        var number = 0
                        while true {
                            try await writer.write(await log.event(number))
                            number += 1
                        }
                    })
            case "/publish":
                {
                    log.publish(request.query.flatMap { Int($0) } ?? 1)
                    return HTTPResponse(status: 204)
                }()
            default: HTTPResponse(status: 404)
            }
        }
        try server.start()
        print("ready")
        fflush(nil)
        while getchar() != EOF {}
    }
}
