import Access
import Appliance
import Glibc
import HTTPServer
import TenantStore
import TestKit

/// The product's own server, composed with fixtures, for suites that bring no credential.
///
///     carrel-conformance [--listen HOST:PORT] [--data DIR] [--hooks 1.0|0.3] [--strangers admitted|refused]
///         [--profile whole|bare|extension] [--tls-cert FILE --tls-key FILE] [--drain SECONDS]
///         [--legacy on] [--push fast]
///
/// A request without a credential is given a token of the tenant `conformance` before the gate sees it, unless strangers
/// are to be refused; all checks are the product's. Prints one line, `listening on http://HOST:PORT`, once it answers, and ends on SIGTERM. Without `--data` it
/// works in a folder that goes with it.
enum ConformanceServer {
    private static let tenant = "conformance"

    static func run(_ words: [String]) async throws {
        let options = try ConformanceOptions(words)
        let temporary = options.data == nil ? try TemporaryDirectory() : nil
        var configuration = Configuration()
        configuration.dataFolder = options.data ?? (temporary.map { $0.path + "/data" } ?? "")
        configuration.listenHost = options.host
        configuration.listenPort = options.port
        configuration.logLevel = .warning
        configuration.tlsCertificate = options.tlsCertificate
        configuration.tlsKey = options.tlsKey
        configuration.drainSeconds = options.drainSeconds
        configuration.legacyTasksAPI = options.hasLegacyTasks
        if options.profile != .bare {
            // Where a2a-proof listens, and the suite of 1.0, which takes any free port.
            configuration.pushAllow =
                PushAllowList(["127.0.0.1:9321", "localhost:*", "127.0.0.1:*", "[::1]:*"]) ?? PushAllowList()
        }
        let signals = SignalWatch(reloads: false)
        let appliance = try SearchAppliance(
            configuration, folder: DataFolder(configuration.dataFolder), embedder: nil,
            log: Log(minimumLevel: configuration.logLevel),
            composition: .conformance(options))
        let token = try await credential(appliance)
        try appliance.start { request in
            guard options.admitsStrangers, request.headers["Authorization"] == nil else { return request }
            var request = request
            request.headers.set("Authorization", "Bearer \(token)")
            return request
        }
        write("listening on \(appliance.baseURL)\n", to: STDOUT_FILENO)
        await signals.wait()
        await appliance.close()
        withExtendedLifetime(temporary) {}
    }

    /// Writes a line at once: who started this reads it through a pipe.
    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// A token of the fixtures' tenant, which is made if it is not there.
    private static func credential(_ appliance: SearchAppliance) async throws -> String {
        let name = try TenantName(tenant)
        let record: TenantRecord
        do {
            record = try await appliance.tenants.create(name, tier: .local)
        } catch {
            guard let known = try appliance.database.tenant(named: tenant) else { throw error }
            record = known
        }
        let claims = appliance.keys.makeClaims(
            tenant: TenantIdentity(name: name, uid: record.uid), userID: "suite", scopes: [.search, .write],
            ttl: .seconds(12 * 3_600), now: Timestamp.now.seconds)
        return try appliance.keys.issue(claims)
    }
}
