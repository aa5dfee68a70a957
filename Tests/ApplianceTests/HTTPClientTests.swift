import Appliance
import Glibc
import TestKit
import Testing

/// The client of a folder's socket against peers that keep to the protocol, and some that do not.
@Suite struct HTTPClientTests {
    /// Answers one connection with `answer` after reading `byteCount` bytes of the request, then closes.
    private final class Peer: Sendable {
        let path: String
        private let listener: Int32

        init(in folder: TemporaryDirectory, reading byteCount: Int, answer: String) throws {
            path = folder.path + "/peer.sock"
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            listener = descriptor
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let size = socklen_t(MemoryLayout.size(ofValue: address))
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            try #require(bound == 0 && listen(descriptor, 1) == 0)
            let pool = ThreadPool(threads: 1, queueLimit: 1)
            _ = pool.submit {
                let connection = accept(descriptor, nil, nil)
                defer { close(connection) }
                var block = [UInt8](repeating: 0, count: 65_536)
                var seen = 0
                while seen < byteCount {
                    let count = read(connection, &block, min(block.count, byteCount - seen))
                    guard count > 0 else { return }
                    seen += count
                }
                _ = Array(answer.utf8).withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
                shutdown(connection, Int32(SHUT_WR))
                // Closing with bytes unread would reset the connection before the answer is read.
                while read(connection, &block, block.count) > 0 {}
            }
        }

        deinit { close(listener) }
    }

    private func exchange(
        _ answer: String, reading byteCount: Int = 1, body: [UInt8] = [], timeout: Duration = .seconds(20)
    ) throws -> HTTPClient.Reply {
        let folder = try TemporaryDirectory()
        let peer = try Peer(in: folder, reading: byteCount, answer: answer)
        return try HTTPClient(socket: peer.path, timeout: timeout)
            .send(method: "POST", target: "/x", headers: [("A", "b")], body: body)
    }

    @Test func `status and content are taken apart`() throws {
        let reply = try exchange("HTTP/1.1 201 Created\r\nContent-Type: a/b\r\ncontent-length:  5\r\n\r\nhe\r\no")
        #expect(reply.status == 201 && reply.body == Array("he\r\no".utf8))
        #expect(try exchange("HTTP/1.0 204 No Content\r\n\r\n").body.isEmpty)
        #expect(try exchange("HTTP/1.1 200 OK\r\n\r\nuntil the end").body == Array("until the end".utf8))
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
    ])
    func `an answer that is cut short or strange is an error`(answer: String) throws {
        #expect(throws: HTTPClient.Unreachable.self) { try exchange(answer) }
    }

    @Test func `a large request is written whole`() throws {
        let body = [UInt8](repeating: 7, count: 3 << 20)
        #expect(try exchange("HTTP/1.1 200 OK\r\n\r\nok", reading: body.count, body: body).status == 200)
    }

    @Test func `an early answer to a large request is read`() throws {
        let body = [UInt8](repeating: 7, count: 3 << 20)
        let reply = try exchange("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno", body: body)
        #expect(reply.status == 413 && reply.body == Array("no".utf8))
    }

    @Test func `nobody there, and nobody answering, are errors`() throws {
        let folder = try TemporaryDirectory()
        #expect(throws: HTTPClient.Unreachable.self) {
            try HTTPClient(socket: folder.path + "/none").send(method: "GET", target: "/", headers: [], body: [])
        }
        #expect(throws: HTTPClient.Unreachable.self) {
            try exchange("", reading: 1 << 20, timeout: .milliseconds(50))
        }
    }
}
