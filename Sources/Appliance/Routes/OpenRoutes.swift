import Access
import HTTPServer
import JSON

/// `/health`: for load balancers and people.
enum HealthRoutes {
    /// The process answers.
    static func live(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("status", "live")
            writer.endObject()
        }
    }

    /// It can take work: its file can be read and it is not stopping.
    static func ready(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        try await appliance.checkReady()
        return .json { writer in
            writer.beginObject()
            writer.member("status", "ready")
            writer.endObject()
        }
    }

    /// Both, and what works less well than it could.
    static func summary(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        try await appliance.checkReady()
        return .json { writer in
            writer.beginObject()
            writer.member("status", "ok")
            writer.member("version", SearchAppliance.version)
            writer.member("embeds", appliance.hasModel)
            writer.member("degraded", appliance.isDegraded)
            writer.member("warnings", appliance.healthWarnings)
            writer.endObject()
        }
    }
}

/// `/.well-known/…`: where clients learn how to get and check a credential.
enum WellKnownRoutes {
    /// RFC 9728.
    ///
    /// Its `scopes_supported` is the least a client should ask for, the issuer's all there are.
    static func resource(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        let base = appliance.baseURL.description
        let authorization = appliance.configuration.authorization
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("resource", appliance.resource)
        writer.member("authorization_servers", authorization.mode == .oidc ? authorization.rules.issuers : [base])
        writer.member("scopes_supported", authorization.advertisedScopes)
        writer.member("bearer_methods_supported", ["header"])
        writer.member("resource_name", "Carrel search")
        writer.endObject()
        return .publicJSON(writer.bytes)
    }

    /// RFC 8414.
    ///
    /// Clients want an `authorization_endpoint` and what belongs to it even where they will not use it.
    static func issuer(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        try appliance.configuration.authorization.requireOwnTokens()
        let base = appliance.baseURL.description
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("issuer", base)
        writer.member("authorization_endpoint", base + "/oauth/authorize")
        writer.member("token_endpoint", base + "/oauth/token")
        writer.member("jwks_uri", base + "/.well-known/jwks.json")
        writer.member("response_types_supported", ["code"])
        writer.member("grant_types_supported", ["client_credentials"])
        writer.member("token_endpoint_auth_methods_supported", ["client_secret_basic", "client_secret_post"])
        writer.member("code_challenge_methods_supported", ["S256"])
        writer.member("scopes_supported", ["search", "write", "admin", "audit"])
        writer.endObject()
        return .publicJSON(writer.bytes)
    }

    static func keys(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        .publicJSON(appliance.keys.jwks(with: appliance.cardKeys))
    }
}

/// `/metrics`, for the operator.
enum MetricsRoute {
    static func text(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(Array(appliance.metricsText().utf8)))
    }
}
