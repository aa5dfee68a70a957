import Appliance
import HTTPServer
import Glibc
import TestKit
import Testing

/// Configuration: file, variables and flags, and what is said when one is wrong.
@Suite struct DoorConfigurationTests {
    private func load(
        _ json: String?, environment: [String: String] = [:], flags: [(key: String, value: String)] = []
    ) throws -> Configuration {
        let directory = try TemporaryDirectory()
        if let json {
            let file = try #require(fopen(directory.path + "/config.json", "w"))
            fputs(json, file)
            fclose(file)
        }
        return try Configuration.load(dataFolder: directory.path, environment: environment, flags: flags)
    }

    @Test func `without a file the defaults hold`() throws {
        let configuration = try load(nil)
        #expect(configuration.listenHost == "127.0.0.1")
        #expect(configuration.listenPort == 8080)
        #expect(configuration.refusalsPerMinute == 10)
        #expect(!configuration.auditRequired)
    }

    @Test func `flags win over variables, variables over the file`() throws {
        let json = #"{"listen": "127.0.0.1:1", "auth": {"refusals_per_minute": 1}, "log": {"level": "error"}}"#
        let configuration = try load(
            json,
            environment: ["CARREL_LISTEN": "127.0.0.1:2", "CARREL_LOG_LEVEL": "warning", "CARREL_TENANT": "acme"],
            flags: [("listen", "[::1]:3"), ("plain_http", "true"), ("allow_hosts", "a.lan,b.lan")])
        #expect(configuration.listenHost == "::1")
        #expect(configuration.listenPort == 3)
        #expect(configuration.logLevel == .warning)
        #expect(configuration.refusalsPerMinute == 1)
        #expect(configuration.plainHTTP)
        #expect(configuration.allowedHosts == ["a.lan", "b.lan"])
    }

    @Test func `several addresses, in a list or between commas`() throws {
        let file = try load(
            #"{"listen": ["127.0.0.1:1", "[::1]:2", "unix:/run/a,b", "unix:/run/s?mode=666"], "trusted_proxies": ["::1"]}"#
        )
        #expect(
            file.listeners == [
                .tcp(host: "127.0.0.1", port: 1), .tcp(host: "::1", port: 2), .shared(path: "/run/a,b", mode: 0o660),
                .shared(path: "/run/s", mode: 0o666),
            ])
        #expect(file.listenHost == "127.0.0.1" && file.listenPort == 1)
        #expect(file.trustedProxies == TrustedProxies(["::1"]))
        let flags = try load(nil, flags: [("listen", "unix:/run/s,[::1]:2")])
        #expect(flags.listeners == [.shared(path: "/run/s", mode: 0o660), .tcp(host: "::1", port: 2)])
        #expect(flags.listenHost == "::1")
        for text in ["unix:", "unix:run/s", "unix:/s?mode=8", "unix:/s?mode=1000", "unix:/s?mod=6", ":1", "", "h"] {
            #expect(throws: ApplianceError.self, "\(text)") { try load(nil, flags: [("listen", text)]) }
        }
        #expect(throws: ApplianceError.self) { try load(nil, flags: [("trusted_proxies", "0.0.0.0/0")]) }
    }

    @Test func `every listener keeps the rules`() throws {
        func check(_ listen: String, _ more: (key: String, value: String)...) throws {
            try load(nil, flags: [("listen", listen)] + more).checkListener()
        }
        try check("127.0.0.1:1,[::1]:1,unix:/run/s")
        #expect(throws: ApplianceError.self) { try check("127.0.0.1:1,192.0.2.1:1") }
        #expect(throws: ApplianceError.self) { try check("127.0.0.1:1,[::]:1", ("plain_http", "true")) }
    }

    @Test(arguments: [
        (#"{"listne": "127.0.0.1:80"}"#, "listne"), (#"{"auth": {"refusals": 3}}"#, "auth.refusals"),
        (#"{"listen": 8080}"#, "listen"), (#"{"listen": "127.0.0.1"}"#, "listen"),
        (#"{"listen": "h:70000"}"#, "listen"),
        (#"{"auth": {"refusals_per_minute": -1}}"#, "auth.refusals_per_minute"),
        (#"{"auth": {"refusals_per_minute": 1001}}"#, "auth.refusals_per_minute"),
        (#"{"auth": {"refusals_per_minute": 1.5}}"#, "auth.refusals_per_minute"), (#"{"auth": 3}"#, "auth"),
        (#"{"plain_http": "yes"}"#, "plain_http"), (#"{"allow_hosts": "a"}"#, "allow_hosts"),
        (#"{"allow_hosts": ["a:80"]}"#, "allow_hosts"), (#"{"public_url": "https://a.example/path"}"#, "public_url"),
        (#"{"public_url": "ftp://a.example"}"#, "public_url"), (#"{"log": {"level": "loud"}}"#, "log.level"),
        (#"{"rates": {"user_share": 0}}"#, "rates.user_share"), (#"[]"#, "the file"), (#"{"listen": }"#, "byte 11"),
    ])
    func `a wrong key or value is named with its file`(json: String, key: String) throws {
        let error = try #require(throws: ApplianceError.self) { try load(json) }
        guard case .configuration(let source, let found, let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(source.hasSuffix("/config.json"))
        #expect(found == key)
        #expect(!reason.isEmpty)
    }

    @Test func `a wrong variable or flag is named`() throws {
        let variable = try #require(throws: ApplianceError.self) {
            try load(nil, environment: ["CARREL_PLAIN_HTTP": "maybe"])
        }
        #expect("\(variable)".contains("CARREL_PLAIN_HTTP"))
        let flag = try #require(throws: ApplianceError.self) { try load(nil, flags: [("drain_seconds", "soon")]) }
        #expect("\(flag)".contains("--drain-seconds"))
    }

    @Test func `a file that was named must exist`() {
        #expect(throws: ApplianceError.self) {
            try Configuration.load(dataFolder: "/nonexistent", file: "/nonexistent/carrel.json")
        }
    }
}
