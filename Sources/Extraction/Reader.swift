import CSandbox
import Glibc

/// A reader process as the command that started it sees it: give it a file, take what is in it.
///
/// Used by one thread at a time. A process that dies or takes too long costs the file in hand alone; the next file gets
/// a new one.
package final class Reader {
    private struct Process {
        var id: pid_t
        var socket: Int32
    }

    private var process: Process?
    private let timeout: Duration

    /// - Parameter timeout: Wall-clock time one file may take.
    package init(timeout: Duration) {
        self.timeout = timeout
    }

    deinit {
        drop()
    }

    /// Reads one file.
    /// - Parameter file: Open at its start; stays the caller's.
    /// - Throws: ``ExtractionFailure`` when the file must be left out, and what `emit` throws.
    package func read(
        _ kind: DocumentKind, _ file: Int32, emit: (ExtractionEvent) throws -> Void
    ) throws {
        let process = try started()
        let deadline = ContinuousClock.now + timeout
        var kindByte = kind.rawValue
        guard carrel_send_descriptor(process.socket, &kindByte, 1, file) == 1 else { throw death() }
        while true {
            guard let answer = ReaderChannel.answer(try frame(process, deadline), of: kind) else {
                drop()
                throw ExtractionFailure("reading it failed: the reader sent what it must not")
            }
            switch answer {
            case .event(let event):
                do {
                    try emit(event)
                } catch {
                    // What the process still sends belongs to no file any more.
                    drop()
                    throw error
                }
            case .failure(let failure, let isLast):
                if isLast { drop() }
                throw failure
            case .end(let summary, let isLast):
                if isLast { drop() }
                return try emit(.end(summary))
            }
        }
    }

    // MARK: The process

    private func started() throws(ExtractionFailure) -> Process {
        if let process { return process }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ExtractionFailure("no reader can be started: \(String(cString: strerror(errno)))")
        }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in Int32(0)...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, ends[1], ReaderProcess.socket)
        carrel_spawn_close_from(&actions, ReaderProcess.socket + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C is for the command, and one kill takes pdftotext along.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let words = CStrings(["carrel", ReaderProcess.command])
        // One thread: a process with more cannot leave the network.
        let environment = CStrings(["LC_ALL=C.UTF-8", "OPENBLAS_NUM_THREADS=1"])
        var id: pid_t = 0
        let code = posix_spawn(&id, "/proc/self/exe", &actions, &attributes, words.pointers, environment.pointers)
        withExtendedLifetime((words, environment)) {}
        guard code == 0 else {
            close(ends[0])
            throw ExtractionFailure("no reader can be started: \(String(cString: strerror(code)))")
        }
        let made = Process(id: id, socket: ends[0])
        process = made
        return made
    }

    /// Ends the process, whatever it does.
    private func drop() {
        guard let ended = process.take() else { return }
        close(ended.socket)
        kill(-ended.id, SIGKILL)
        while waitpid(ended.id, nil, 0) < 0, errno == EINTR {}
    }

    /// Says how a process ended that closed its socket.
    private func death() -> ExtractionFailure {
        guard let ended = process.take() else { return ExtractionFailure("reading it failed") }
        close(ended.socket)
        var status: Int32 = 0
        // It has closed its end, so it is dead or about to be; what it started dies too.
        kill(-ended.id, SIGKILL)
        while waitpid(ended.id, &status, 0) < 0, errno == EINTR {}
        switch status & 0x7F {
        case SIGXCPU:
            return ExtractionFailure(
                "reading it took more than \(ExtractionLimits.processorSeconds) s of processor time")
        case 0:
            return ExtractionFailure("reading it failed: the reader ended with code \(status >> 8 & 0xFF)")
        case let signal:
            return ExtractionFailure("reading it failed, for damage or lack of memory (signal \(signal))")
        }
    }

    // MARK: Frames

    private func frame(_ process: Process, _ deadline: ContinuousClock.Instant) throws(ExtractionFailure) -> [UInt8] {
        let head = try bytes(4, process, deadline)
        let count = ReaderChannel.length(head[...])
        guard (1...ReaderChannel.longestFrame).contains(count) else {
            drop()
            throw ExtractionFailure("reading it failed: the reader sent what it must not")
        }
        return try bytes(count, process, deadline)
    }

    private func bytes(
        _ wanted: Int, _ process: Process, _ deadline: ContinuousClock.Instant
    ) throws(ExtractionFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: wanted)
        var taken = 0
        while taken < wanted {
            let left = deadline - .now
            guard left > .zero else {
                drop()
                throw ExtractionFailure("reading it took longer than \(timeout.components.seconds) s")
            }
            var polled = pollfd(fd: process.socket, events: Int16(POLLIN), revents: 0)
            let ready = poll(&polled, 1, Int32(min(left / .milliseconds(1), 60_000)) + 1)
            guard ready > 0 else { continue }
            let count = bytes.withUnsafeMutableBytes { buffer in
                recv(process.socket, buffer.baseAddress.map { $0 + taken }, wanted - taken, Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw death() }
            taken += count
        }
        return bytes
    }
}
