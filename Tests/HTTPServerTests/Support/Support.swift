import Glibc
import HTTPServer
import Synchronization
import Testing

extension Tag {
    @Tag static var property: Self
}

/// Runs blocking client code beside the cooperative pool, which has a thread per core only.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        let job = Unmanaged.passRetained(Job { continuation.resume(with: Result(catching: body)) })
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, job.toOpaque())
        pthread_detach(thread)
    }
}

private final class Job: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Blocks the calling thread; for client scripts only.
func pause(milliseconds: Int) { usleep(UInt32(milliseconds * 1000)) }

/// A flag that tasks can wait for.
final class Signal: Sendable {
    private let state = Mutex((isSet: false, waiters: [CheckedContinuation<Void, Never>]()))

    var isSet: Bool { state.withLock { $0.isSet } }

    func set() {
        let waiters = state.withLock { state in
            state.isSet = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiters.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}

/// A count that any thread may raise.
final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func raise() { count.add(1, ordering: .relaxed) }
}

/// Waits until something becomes true; false after twenty seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<4000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return condition()
}

/// Runs a server on a free port for as long as `body` lasts.
func withServer<T>(
    _ configure: (inout HTTPServerConfiguration) -> Void = { _ in }, handler: @escaping HTTPHandler = demoHandler,
    _ body: (HTTPServer, UInt16) async throws -> T
) async throws -> T {
    var configuration = HTTPServerConfiguration(listeners: [.tcp(host: "127.0.0.1", port: 0)])
    configure(&configuration)
    let server = HTTPServer(configuration, handler: handler)
    let addresses = try server.start()
    guard case .tcp(_, let port) = addresses[0] else { throw RawClient.Failure.cannotConnect(0) }
    do {
        let result = try await body(server, port)
        await server.drain(grace: .zero)
        return result
    } catch {
        await server.drain(grace: .zero)
        throw error
    }
}

func answer(_ status: Int, _ text: String = "") -> HTTPResponse {
    HTTPResponse(status: status, headers: ["Content-Type": "text/plain"], body: .bytes(Array(text.utf8)))
}

/// Routes that most tests need.
nonisolated(nonsending) func demoHandler(_ request: HTTPRequest) async -> HTTPResponse {
    switch request.path {
    case "/":
        return answer(200, "\(request.method) \(request.target) \(request.headers["Host"] ?? "-")")
    case "/echo":
        do {
            let body = try await request.body.collect(upTo: 64 << 20)
            return HTTPResponse(headers: ["Content-Type": "application/octet-stream"], body: .bytes(body))
        } catch { return answer(500, "\(error)") }
    case "/limited":
        do { return answer(200, "\(try await request.body.collect(upTo: 1 << 20).count)") } catch {
            return answer(413, "too large")
        }
    case "/refuse": return answer(403, "no")
    case "/nothing": return HTTPResponse(status: 204)
    case "/stream":
        return HTTPResponse(
            body: .stream { writer in
                for number in 0..<5 { try await writer.write(Array("piece \(number)\n".utf8)) }
            })
    case "/flood":
        return HTTPResponse(
            body: .stream { writer in
                let block = [UInt8](repeating: 97, count: 64 * 1024)
                while true { try await writer.write(block) }
            })
    case "/large":
        return HTTPResponse(body: .bytes([UInt8](repeating: 98, count: 8 << 20)))
    default: return answer(404, "not found")
    }
}

/// Descriptors of this process whose own end is `port`: a server's listener and its accepted sockets.
func descriptors(onPort port: UInt16) -> Int {
    var count = 0
    for descriptor in Int32(0)..<20_000 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        if isKnown, Int32(address.sin_family) == AF_INET, address.sin_port == port.bigEndian { count += 1 }
    }
    return count
}

/// A directory of its own below the system's temporary one, removed with its files at the end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/http-XXXXXX".utf8CString)
        guard
            let made = template.withUnsafeMutableBufferPointer({ buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            })
        else { throw RawClient.Failure.cannotConnect(errno) }
        path = made
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink(path + "/" + name) }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}
