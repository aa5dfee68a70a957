import Glibc
import HTTPServer
import JSON

extension Command {
    /// Every setting as an option.
    static let serverOptions: [CommandOption] = Configuration.settings.map { setting in
        CommandOption(
            setting.commandFlag, setting.isSwitch ? nil : setting.word,
            setting.help.isEmpty ? setting.expects : setting.help, kind: setting.kind, repeats: setting.repeats)
    }

    static let serve = Command(
        "serve", summary: "Serve MCP, REST and the search page until told to stop",
        about: [
            "Every setting may also stand in DATA/config.json or in a CARREL_ variable; an option given here wins. "
                + "With --json one line on standard output says where it listens once it does."
        ],
        examples: [
            "carrel serve", "carrel serve --data /srv/carrel --listen 127.0.0.1:9000",
            "carrel serve --listen [::1]:8080 --listen unix:/run/carrel/http.sock",
        ],
        options: [
            .data, CommandOption("--config", "FILE", "another configuration file than DATA/config.json", kind: .file),
        ]
            + serverOptions + [.json],
        run: runServe)

    @Sendable private static func runServe(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let configuration = try CommandEnvironment.configuration(arguments)
        try configuration.checkListener()
        try configuration.authorization.check()
        let server = try await RunningServer.start(configuration, command: "serve", takesNextFreePort: false)
        if arguments.has("--json") {
            Terminal.output([
                "address": .string(server.address), "mcp": .string(server.address + "/mcp"),
                "data": .string(server.appliance.folder.root), "version": .string(CommandLineTool.version),
            ])
        }
        Terminal.say("serving on \(server.address) from \(configuration.dataFolder) (stop with Ctrl-C)")
        if Terminal.isInteractive {
            Terminal.say("search page: \(server.address)/ (sign in with: carrel token issue --tenant NAME --user NAME)")
        }
        await server.waitForSignal()
        await server.stop()
    }
}

/// A server that holds its data folder, from start to a signal.
final class RunningServer: Sendable {
    let appliance: SearchAppliance
    /// `http://host:port` as clients use it.
    let address: String
    private let lock: FolderLock
    private let signals: SignalWatch

    private init(appliance: SearchAppliance, address: String, lock: FolderLock, signals: SignalWatch) {
        self.appliance = appliance
        self.address = address
        self.lock = lock
        self.signals = signals
    }

    /// Takes the folder and listens.
    /// - Parameter takesNextFreePort: Whether a port in use is stepped over, as the demo does, or an error.
    static func start(
        _ configuration: Configuration, command: String, takesNextFreePort: Bool
    ) async throws -> RunningServer {
        try CommandEnvironment.becomeOwner(of: configuration.dataFolder)
        let folder = try DataFolder(configuration.dataFolder)
        let (lock, holder) = try FolderLock.take(folder, command: command)
        guard let lock else {
            throw CommandFailure("\(folder.root) is held by \(holder); one process at a time can serve a data folder")
        }
        let signals = SignalWatch(reloads: configuration.servesTLS)
        var settings = configuration
        for _ in 0..<(takesNextFreePort ? 100 : 1) {
            let appliance = try await SearchAppliance.open(settings, folder: folder)
            do {
                try appliance.start()
                return RunningServer(
                    appliance: appliance, address: appliance.baseURL.description, lock: lock, signals: signals)
            } catch HTTPServerError.addressInUse where takesNextFreePort {
                await appliance.close()
                settings.listenPort = settings.listenPort &+ 1
            }
        }
        throw CommandFailure("no free port from \(configuration.listenPort) on")
    }

    /// Returns after SIGTERM or SIGINT; SIGHUP reads the certificate anew.
    func waitForSignal() async {
        await signals.wait { [appliance] in appliance.reloadCertificate() }
    }

    /// Lets what runs finish.
    func stop() async {
        await appliance.close()
        withExtendedLifetime(lock) {}
    }
}

/// SIGTERM, SIGINT and SIGHUP as something to await.
///
/// The handler writes one byte into a pipe, which is all a signal handler may do; a thread reads it. A second SIGTERM or
/// SIGINT ends the process at once, for those who do not want to wait for the drain.
package final class SignalWatch: Sendable {
    private let stream: AsyncStream<Int32>
    /// Read and write end.
    ///
    /// Touched before the handlers are set, so a handler never initialises it.
    private static let pipe: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        _ = Glibc.pipe(&ends)
        return (ends[0], ends[1])
    }()

    /// - Parameter reloads: Whether SIGHUP means to read files anew; else it ends the process, as usual.
    package init(reloads: Bool) {
        let readEnd = Self.pipe.read
        for number in [SIGTERM, SIGINT] + (reloads ? [SIGHUP] : []) {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(SignalWatch.pipe.write, &byte, 1)
                if number != SIGHUP { signal(number, SIG_DFL) }
            }
        }
        // A second SIGHUP while the first is served says nothing new.
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(4))
        self.stream = stream
        let waiter = ThreadPool(threads: 1, queueLimit: 1)
        _ = waiter.submit {
            var byte: UInt8 = 0
            while true {
                let count = read(readEnd, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                continuation.yield(Int32(byte))
                if Int32(byte) != SIGHUP { return }
            }
        }
    }

    /// Returns after the first SIGTERM or SIGINT.
    package func wait(reload: () -> Void = {}) async {
        for await number in stream {
            guard number == SIGHUP else { return }
            reload()
        }
    }
}

extension Configuration.Setting {
    /// Whether naming it is enough.
    var isSwitch: Bool { expects == "true or false" }
    /// The flag on the command line: one at a time reads better than a list.
    var commandFlag: String {
        ["--allow-hosts": "--allow-host", "--trusted-proxies": "--trusted-proxy"][flag] ?? flag
    }
}
