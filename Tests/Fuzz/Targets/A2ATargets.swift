import A2A
import JSON

extension FuzzTarget {
    private static let agents = A2AEndpoint()

    /// Both bindings of A2A and both versions.
    ///
    /// The first byte chooses: even is JSON-RPC, odd is HTTP+JSON with the path before a NUL. What is refused is refused in
    /// JSON, and a message that was taken apart is put together again.
    static let a2a = FuzzTarget("a2a") { bytes in
        let choice = Int(bytes.first ?? 0)
        let (path, body) = Array(bytes.dropFirst()).halves
        let fields = A2AFields(
            contentType: choice & 2 == 0 ? "application/json" : "application/a2a+json",
            accept: ["application/json, text/event-stream"],
            version: choice & 4 == 0 ? [] : [choice & 8 == 0 ? "1.0" : "0.3"])
        let admission: A2AAdmission
        if choice & 1 == 0 {
            admission = agents.admit(rpc: body, fields)
        } else {
            let method = ["GET", "POST", "DELETE"][choice / 16 % 3]
            let segments = path.text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
            admission = agents.admit(
                rest: A2ARESTRequest(method: method, path: segments, query: ["pageSize": path.text], body: body), fields
            )
        }
        switch admission {
        case .refused(let failure, let framing): check(framing.reply(failure))
        case .call(let call):
            check(call.framing.reply(A2AFailure(A2AError.taskNotFound(id: "t"))))
            switch call.method {
            case .sendMessage(let request), .sendStreamingMessage(let request):
                check(call.framing.reply(.sent(.message(request.message))))
                let event = call.framing.eventData(.message(request.message))
                promise((try? JSONValue(parsing: event)) != nil, "an event is JSON")
            case .createPush(let configuration): check(call.framing.reply(.push(configuration)))
            default: break
            }
        }
    }

    private static func check(_ reply: A2AReply) {
        promise((200..<500).contains(reply.status), "what callers send is never our fault")
        promise((try? JSONValue(parsing: reply.body)) != nil, "a reply is JSON")
    }
}
