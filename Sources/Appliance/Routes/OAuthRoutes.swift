import Access
import HTTPServer
import JSON

/// `/oauth/…`: tokens for registered clients, and a page for people, for whom there is no login here.
enum OAuthRoutes {
    static func authorizePage(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        try appliance.configuration.authorization.requireOwnTokens()
        return .page(
            title: "Carrel: use a token",
            """
            <h1>There is no login page</h1>
            <p>Carrel takes a token in the header <code>Authorization: Bearer</code>. Whoever runs this box makes one:</p>
            <pre>carrel token issue --tenant NAME --user NAME</pre>
            <p>Put it into the headers of your client's configuration, and take OAuth out of it.</p>
            """)
    }

    /// Reads the request; what is wrong with it is told in the token endpoint's own words, not as a problem document.
    static func readToken(_ exchange: Exchange) async throws -> Result<TokenRequest, OAuthError> {
        try exchange.appliance.configuration.authorization.requireOwnTokens()
        let request = exchange.request
        let body: [UInt8]
        do {
            body = try await request.body.collect(upTo: TokenRequest.bodyLimit)
        } catch HTTPError.bodyTooLarge(let limit) {
            return .failure(OAuthError(.invalidRequest, "the body is larger than \(limit) bytes", status: 413))
        }
        do throws(OAuthError) {
            return .success(
                try TokenRequest(
                    authorization: request.headers.values("Authorization"),
                    contentType: request.headers["Content-Type"], body: body))
        } catch {
            return .failure(error)
        }
    }

    static func token(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: Result<TokenRequest, OAuthError>
    ) async throws -> HTTPResponse {
        do {
            let token = try await appliance.clientGrant.token(
                for: request.get(), resource: appliance.resource, requestID: context.requestID)
            var response = HTTPResponse.json { writer in
                writer.beginObject()
                writer.member("access_token", token.text)
                writer.member("token_type", "Bearer")
                writer.member("expires_in", token.lifetime)
                writer.member("scope", token.scopes.description)
                writer.endObject()
            }
            response.headers.set("Pragma", "no-cache")
            return response
        } catch let error as OAuthError {
            return refusal(error, of: request, appliance, context)
        } catch ApplianceError.rateLimited(let wait) {
            return OAuthError.rateLimited(retryAfter: wait).response
        }
    }

    /// Wrong secrets count against their address as refused bearer credentials do; a missing one does not.
    private static func refusal(
        _ error: OAuthError, of request: Result<TokenRequest, OAuthError>, _ appliance: SearchAppliance,
        _ context: RequestContext
    ) -> HTTPResponse {
        let showsNothing = if case .success(let request) = request { !request.showsCredential } else { false }
        guard error.code == .invalidClient, !showsNothing,
            let wait = appliance.gate.countRefusal(from: context.clientAddress)
        else { return error.response }
        return OAuthError.tooManyRefusals(retryAfter: wait).response
    }
}
