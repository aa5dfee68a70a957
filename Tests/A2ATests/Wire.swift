import A2A
import Glibc
import JSON

/// Shorthand of the tests: JSON in, JSON out.
enum Wire {
    static func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    static func json(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue(parsing: bytes) }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The text of what a value writes.
    static func written(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return text(writer.bytes)
    }

    static let rpc = A2AFields(contentType: "application/json", version: ["1.0"])

    /// The admission of one JSON-RPC body.
    static func admit(_ body: String, _ fields: A2AFields = rpc, _ endpoint: A2AEndpoint = A2AEndpoint())
        -> A2AAdmission
    {
        endpoint.admit(rpc: Array(body.utf8), fields)
    }

    static func rest(
        _ method: String, _ path: String, _ query: [String: String] = [:], body: String = "",
        _ fields: A2AFields = A2AFields(version: ["1.0"])
    ) -> A2AAdmission {
        A2AEndpoint().admit(
            rest: A2ARESTRequest(
                method: method, path: path.split(separator: "/").map(String.init), query: query,
                body: Array(body.utf8)), fields)
    }
}

extension A2AAdmission {
    var call: A2ACall? { if case .call(let call) = self { call } else { nil } }
    var failure: A2AFailure? { if case .refused(let failure, _) = self { failure } else { nil } }
    /// The reply to what was refused.
    var reply: A2AReply? { if case .refused(let failure, let framing) = self { framing.reply(failure) } else { nil } }
    /// The body of that reply.
    var answer: JSONValue { reply.flatMap { try? JSONValue(parsing: $0.body) } ?? .null }
}

/// Values that several tests write and read.
enum Sample {
    /// 2026-11-21T08:15:43.410Z.
    static let time: Int64 = 1_795_248_943_410

    static let message = Message(
        messageID: "m-1", contextID: "c1", taskID: "9b", role: .user, parts: [Part(.text("Research ACME"))])

    static let task = AgentTask(
        id: "9b", contextID: "c1", status: TaskStatus(.completed, timestamp: time),
        artifacts: [
            Artifact(
                artifactID: "report", name: "report.md", parts: [Part(.text("Report"), mediaType: "text/markdown")]),
            Artifact(artifactID: "d", parts: [Part(.data(["a": 1]))]),
            Artifact(
                artifactID: "f",
                parts: [Part(.url("https://x.example/a.pdf"), mediaType: "application/pdf", filename: "a.pdf")]),
            Artifact(artifactID: "r", parts: [Part(.raw([0, 255, 16]), mediaType: "application/octet-stream")]),
            Artifact(artifactID: "l", parts: [Part(.data([1, 2]))]),
        ], history: [message])
}

/// The bytes of a file in `Fixtures`.
func bytes(ofFixture name: String) throws -> [UInt8] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    guard let file = fopen("/\(folder)/Fixtures/\(name)", "r") else { throw MissingFixture(name: name) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}

struct MissingFixture: Error {
    var name: String
}
