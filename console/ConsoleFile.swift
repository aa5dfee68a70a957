/// A file of the search page, carried inside the program.
///
/// The build turns each file of this folder into bytes as it is (`.embedInCode` in Package.swift); nothing is bundled,
/// minified or rewritten on the way, so what a browser shows in its inspector is what lies here.
public struct ConsoleFile: Sendable {
    /// The last part of its address.
    public let name: String
    /// The value of `Content-Type`.
    public let contentType: String
    /// What is in it.
    public let bytes: [UInt8]
}

extension ConsoleFile {
    /// The page itself, served at `/`.
    public static let page = ConsoleFile(name: "index.html", contentType: html, bytes: PackageResources.index_html)

    /// What the page asks for, served under `/console/`.
    public static let files: [ConsoleFile] = [
        ConsoleFile(name: "style.css", contentType: css, bytes: PackageResources.style_css),
        ConsoleFile(name: "icon.svg", contentType: svg, bytes: PackageResources.icon_svg),
        ConsoleFile(name: "main.js", contentType: javaScript, bytes: PackageResources.main_js),
        ConsoleFile(name: "api.js", contentType: javaScript, bytes: PackageResources.api_js),
        ConsoleFile(name: "credential.js", contentType: javaScript, bytes: PackageResources.credential_js),
        ConsoleFile(name: "document.js", contentType: javaScript, bytes: PackageResources.document_js),
        ConsoleFile(name: "dom.js", contentType: javaScript, bytes: PackageResources.dom_js),
        ConsoleFile(name: "keyboard.js", contentType: javaScript, bytes: PackageResources.keyboard_js),
        ConsoleFile(name: "live.js", contentType: javaScript, bytes: PackageResources.live_js),
        ConsoleFile(name: "messages.js", contentType: javaScript, bytes: PackageResources.messages_js),
        ConsoleFile(name: "options.js", contentType: javaScript, bytes: PackageResources.options_js),
        ConsoleFile(name: "results.js", contentType: javaScript, bytes: PackageResources.results_js),
        ConsoleFile(name: "signin.js", contentType: javaScript, bytes: PackageResources.signin_js),
        ConsoleFile(name: "state.js", contentType: javaScript, bytes: PackageResources.state_js),
        ConsoleFile(name: "text.js", contentType: javaScript, bytes: PackageResources.text_js),
        ConsoleFile(name: "welcome.js", contentType: javaScript, bytes: PackageResources.welcome_js),
    ]

    private static let html = "text/html; charset=utf-8"
    private static let css = "text/css; charset=utf-8"
    private static let svg = "image/svg+xml"
    private static let javaScript = "text/javascript; charset=utf-8"
}
