import Access

extension Route {
    /// Every problem that can come, by status: those of the route itself, and those that follow from its operation, its body
    /// and its path.
    ///
    /// An operation that another protocol speaks behind has none: its answers are the protocol's.
    var problems: [(status: Int, codes: [String])] {
        guard !description.isProtocol else { return [] }
        var found: [Int: [String]] = [:]
        func add(_ status: Int, _ codes: String...) { found[status, default: []] += codes }
        add(421, "host_not_served")
        if operation != Operations.agentCard { add(403, "origin_not_allowed") }
        add(500, "internal_error")
        if pattern.contains("{") { add(404, "route_not_found") }
        for refusal in description.refusals { found[refusal.status, default: []] += refusal.codes }
        if description.body != nil {
            add(400, "malformed_body")
            add(408, "body_timeout")
        }
        if description.body?.isJSON == true {
            add(400, "malformed_json", "invalid_argument")
            add(413, "payload_too_large")
            add(415, "unsupported_media_type")
        }
        if operation.authority != .open {
            add(400, "invalid_argument")
            add(401, "authentication_required", "invalid_token")
            add(403, "tenant_suspended")
            add(429, "too_many_refused_credentials")
            add(503, "shutting_down")
            if operation.timeout != nil { add(504, "timeout") }
        }
        if case .scope(let scope) = operation.authority {
            add(403, "insufficient_scope")
            if scope != .operator { add(503, "busy", "records_blocked") }
        }
        if operation.isLimited { add(429, "rate_limit_exceeded") }
        if operation.changes {
            add(503, "read_only", "records_blocked")
            add(507, "storage_full")
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, Array(Set($0.value)).sorted()) }
    }

    /// Every status that can come, the good ones included.
    var documentedStatuses: [Int] {
        Set(description.answers.map(\.status) + problems.map(\.status)).sorted()
    }
}
