import Console
import HTTPServer

/// `/` and `/console/…`: the search page, the same for everybody and without a credential.
///
/// The page holds nobody's data: it asks for that with the key its user gives it, through the routes everybody uses.
enum PageRoutes {
    /// What of a request decides the answer.
    struct Request: Sendable {
        var name: String?
        var knownTags: EntityTags
    }

    static func read(_ exchange: Exchange) async throws -> Request {
        Request(
            name: exchange.parameters["file"], knownTags: EntityTags(exchange.request.headers.values("If-None-Match")))
    }

    static func page(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: Request
    ) async throws -> HTTPResponse {
        answer(Self.page, to: request)
    }

    static func file(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: Request
    ) async throws -> HTTPResponse {
        guard let name = request.name, let file = files[name] else { throw ApplianceError.routeNotFound }
        return answer(file, to: request)
    }

    // MARK: Files

    /// A file with the tag that names its content.
    private struct Tagged: Sendable {
        let file: ConsoleFile
        let tag: String

        init(_ file: ConsoleFile) {
            self.file = file
            tag = EntityTags.strong(of: file.bytes)
        }
    }

    private static let page = Tagged(ConsoleFile.page)
    private static let files = Dictionary(uniqueKeysWithValues: ConsoleFile.files.map { ($0.name, Tagged($0)) })

    /// A browser keeps every file and asks each time whether it is still good: after an update nobody runs half of the
    /// old page with half of the new one.
    private static func answer(_ tagged: Tagged, to request: Request) -> HTTPResponse {
        var response = HTTPResponse(headers: [
            "ETag": tagged.tag, "Cache-Control": "no-cache", "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
        ])
        guard !request.knownTags.names(tagged.tag) else {
            response.status = 304
            return response
        }
        response.headers.set("Content-Type", tagged.file.contentType)
        response.body = .bytes(tagged.file.bytes)
        return response
    }

    /// Nothing but this origin's own files and routes, no frame around it, no markup made from text.
    ///
    /// The last two directives have the browser refuse every assignment of a string to `innerHTML` and its like.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")
}
