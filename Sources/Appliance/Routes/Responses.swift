import HTTPServer
import JSON

extension HTTPResponse {
    /// JSON for one caller alone: no cache keeps it.
    static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        var writer = JSONWriter(reservingCapacity: 1024)
        write(&writer)
        return json(status: status, bytes: writer.bytes)
    }

    /// JSON text for one caller alone.
    static func json(status: Int = 200, bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .bytes(bytes))
    }

    /// JSON that is the same for everybody.
    static func publicJSON(_ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": "application/json", "Cache-Control": "public, max-age=300"], body: .bytes(bytes))
    }

    /// A page without scripts, styles or anything from elsewhere.
    static func page(title: String, _ body: String) -> HTTPResponse {
        let html = """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(escaped(title))</title></head>
            <body>
            \(body)
            </body>
            </html>

            """
        return HTTPResponse(
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache",
                "Content-Security-Policy":
                    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
            ], body: .bytes(Array(html.utf8)))
    }

    /// Text as it may stand in HTML.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
