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
            writer.member("degraded", !appliance.hasModel)
            writer.member(
                "warnings", appliance.hasModel ? [] : ["no model is installed: search is by keywords alone"])
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
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("resource", base + "/mcp")
        writer.member("authorization_servers", [base])
        writer.member("scopes_supported", ["search"])
        writer.member("bearer_methods_supported", ["header"])
        writer.member("resource_name", "Carrel search")
        writer.endObject()
        return .publicJSON(writer.bytes)
    }

    /// RFC 8414; no grant is served yet, and an absent list would mean the standard's default.
    static func issuer(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        let base = appliance.baseURL.description
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("issuer", base)
        writer.member("authorization_endpoint", base + "/oauth/authorize")
        writer.member("token_endpoint", base + "/oauth/token")
        writer.member("jwks_uri", base + "/.well-known/jwks.json")
        writer.member("response_types_supported", ["code"])
        writer.member("grant_types_supported", [String]())
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

/// `/oauth/…`: there is no login here, and both say what to do instead.
enum OAuthRoutes {
    static func authorizePage(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        .page(
            title: "Carrel: use a token",
            """
            <h1>There is no login page</h1>
            <p>Carrel takes a token in the header <code>Authorization: Bearer</code>. Whoever runs this box makes one:</p>
            <pre>carrel token issue --tenant NAME --user NAME</pre>
            <p>Put it into the headers of your client's configuration, and take OAuth out of it.</p>
            """)
    }

    static func token(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        .json(status: 400) { writer in
            writer.beginObject()
            writer.member("error", "unsupported_grant_type")
            writer.member(
                "error_description",
                "no grant is served here; make a token with: carrel token issue, and send it as Authorization: Bearer")
            writer.endObject()
        }
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
