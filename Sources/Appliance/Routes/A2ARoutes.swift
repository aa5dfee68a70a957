import A2A
import HTTPServer
import JSON

/// The two doors of A2A: `POST /a2a/v1` for JSON-RPC of both versions, `/a2a/rest/…` for HTTP+JSON, 0.3 below its `v1`.
enum A2ARoutes {
    static func rpc(_ exchange: Exchange) async -> HTTPResponse {
        var door = A2ADoor(exchange) { _ in A2AFraming(binding: .jsonRPC(id: .null), version: .v1_0) }
        let endpoint = exchange.appliance.agentEndpoint
        return await door.answer { body, fields in endpoint.admit(rpc: body, fields) }
    }

    static func rest(_ exchange: Exchange) async -> HTTPResponse {
        let request = exchange.request
        let hasBody = request.body.contentLength != 0
        var path = Array((request.pathSegments ?? []).dropFirst(2))
        if path.count > 1, path.last == "" { path.removeLast() }
        let endpoint = exchange.appliance.agentEndpoint
        var door = A2ADoor(exchange) { [path] in endpoint.restFraming($0, hasBody: hasBody, path: path) }
        let method = request.method
        let query = Dictionary((request.queryItems ?? []).map { ($0.name, $0.value) }) { first, _ in first }
        return await door.answer { [path] body, fields in
            endpoint.admit(rest: A2ARESTRequest(method: method, path: path, query: query, body: body), fields)
        }
    }
}
