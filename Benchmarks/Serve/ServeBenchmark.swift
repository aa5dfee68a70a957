import Embedding
import Glibc
import JSON
import Synchronization

/// Requests a second and latencies of `tools/call hybrid_search` over keep-alive connections.
///
/// usage: serve ADDRESS PORT TOKEN QUERIES.jsonl MODE CONNECTIONS SECONDS [PACK]
/// MODE: `supplied` (the request carries the vector), `cached` (the same queries again), `fresh` (every query is new).
struct ServeBenchmark {
    let host: String
    let port: UInt16
    let token: String
    let queries: [String]
    let mode: String
    let connections: Int
    let seconds: Double
    let vectors: [[Float]]

    init(_ words: [String]) throws {
        guard words.count >= 7, let port = UInt16(words[1]), let connections = Int(words[5]),
            let seconds = Double(words[6])
        else { throw BenchmarkFailure("serve ADDRESS PORT TOKEN QUERIES.jsonl MODE CONNECTIONS SECONDS [PACK]") }
        host = words[0]
        self.port = port
        token = words[2]
        queries = try readRecords(words[3]).map(\.text)
        mode = words[4]
        self.connections = connections
        self.seconds = seconds
        guard !queries.isEmpty else { throw BenchmarkFailure("no queries") }
        guard mode == "supplied" else {
            vectors = []
            return
        }
        guard words.count > 7 else { throw BenchmarkFailure("mode supplied needs the model pack") }
        let model = try MiniLM(packAt: words[7])
        let scratch = model.makeScratch()
        vectors = try queries.map { try model.embed([$0], scratch: scratch)[0].vector }
    }

    func run() throws {
        let requests = queries.indices.map { request($0, query: queries[$0]) }
        let first = try Connection(host: host, port: port).exchange(requests[0])
        guard first.contains("\"hits\":[{") else {
            throw BenchmarkFailure("the first answer has no hits: \(first.prefix(400))")
        }
        let deadline = ContinuousClock.now + .seconds(seconds)
        let results = Mutex<(latencies: [Double], failures: Int)>(([], 0))
        var threads: [pthread_t] = []
        for number in 0..<connections {
            let worker = Worker(benchmark: self, number: number, requests: requests, deadline: deadline) {
                latencies, failures in
                results.withLock {
                    $0.latencies += latencies; $0.failures += failures
                }
            }
            var thread = pthread_t()
            let context = Unmanaged.passRetained(worker).toOpaque()
            pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().run() }
                    return nil
                }, context)
            threads.append(thread)
        }
        for thread in threads {
            pthread_join(thread, nil)
        }
        let (latencies, failures) = results.withLock { $0 }
        guard failures == 0, !latencies.isEmpty else { throw BenchmarkFailure("\(failures) requests failed") }
        print(
            "\(mode): \(Int(Double(latencies.count) / seconds)) requests/s, p50 \(fixed(percentile(latencies, 0.5))) ms, "
                + "p99 \(fixed(percentile(latencies, 0.99))) ms (\(connections) connections, \(latencies.count) requests)"
        )
    }

    /// A query that no server has met.
    static func fresh(_ query: String, connection: Int, turn: Int) -> String {
        "\(query) \(connection)x\(turn)"
    }

    /// One whole HTTP request.
    func request(_ index: Int, query: String) -> [UInt8] {
        var arguments: JSONObject = ["query": .string(query), "limit": 10]
        if mode == "supplied" {
            arguments["embedding"] = .array(vectors[index].map { .number(Double($0)) })
        }
        let call: JSONValue = [
            "jsonrpc": "2.0", "id": .integer(Int64(index)), "method": "tools/call",
            "params": [
                "name": "hybrid_search", "arguments": .object(arguments),
                "_meta": [
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": [:],
                ],
            ],
        ]
        let body = call.encoded()
        let head = """
            POST /mcp HTTP/1.1\r
            Host: \(host):\(port)\r
            Authorization: Bearer \(token)\r
            Content-Type: application/json\r
            Accept: application/json, text/event-stream\r
            MCP-Protocol-Version: 2026-07-28\r
            Mcp-Method: tools/call\r
            Mcp-Name: hybrid_search\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    /// One connection's thread.
    private final class Worker {
        let benchmark: ServeBenchmark
        let number: Int
        let requests: [[UInt8]]
        let deadline: ContinuousClock.Instant
        let report: ([Double], Int) -> Void

        init(
            benchmark: ServeBenchmark, number: Int, requests: [[UInt8]], deadline: ContinuousClock.Instant,
            report: @escaping ([Double], Int) -> Void
        ) {
            self.benchmark = benchmark
            self.number = number
            self.requests = requests
            self.deadline = deadline
            self.report = report
        }

        func run() {
            var latencies: [Double] = []
            var failures = 0
            do {
                let connection = try Connection(host: benchmark.host, port: benchmark.port)
                var turn = number
                while ContinuousClock.now < deadline {
                    let index = turn % requests.count
                    let request =
                        benchmark.mode == "fresh"
                        ? benchmark.request(
                            index, query: ServeBenchmark.fresh(benchmark.queries[index], connection: number, turn: turn)
                        ) : requests[index]
                    let start = ContinuousClock.now
                    let answer = try connection.exchange(request)
                    latencies.append((ContinuousClock.now - start) / .milliseconds(1))
                    if !answer.hasPrefix("HTTP/1.1 200") { failures += 1 }
                    turn += benchmark.connections
                }
            } catch {
                failures += 1
            }
            report(latencies, failures)
        }
    }

    /// A blocking keep-alive connection that reads answers with a Content-Length.
    private final class Connection {
        private let descriptor: Int32
        private var buffer = [UInt8](repeating: 0, count: 1 << 20)

        init(host: String, port: UInt16) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            inet_pton(AF_INET, host, &address.sin_addr)
            let code = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard code == 0 else { throw BenchmarkFailure("cannot connect to \(host):\(port)") }
        }

        deinit {
            close(descriptor)
        }

        func exchange(_ request: [UInt8]) throws -> String {
            guard send(descriptor, request, request.count, 0) == request.count else {
                throw BenchmarkFailure("cannot send")
            }
            var count = 0
            while true {
                let got = buffer.withUnsafeMutableBytes {
                    recv(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count, 0)
                }
                guard got > 0 else { throw BenchmarkFailure("the server closed the connection") }
                count += got
                if let length = Self.answerLength(buffer, count), count >= length { break }
            }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }

        private static func answerLength(_ bytes: [UInt8], _ count: Int) -> Int? {
            guard count > 4 else { return nil }
            for end in 3..<min(count, 8_192)
            where bytes[end] == 10 && bytes[end - 1] == 13 && bytes[end - 2] == 10 && bytes[end - 3] == 13 {
                let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
                for line in head.split(separator: "\r\n") where line.hasPrefix("content-length:") {
                    return end + 1 + (Int(line.dropFirst(15).drop { $0 == " " }) ?? 0)
                }
                return nil
            }
            return nil
        }
    }
}
