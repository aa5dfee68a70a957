import CSandbox
import Glibc

/// The bounds a reader process sets itself, before it touches a file, for good and for every program it starts.
struct Sandbox {
    /// No network interface is there: a network namespace of its own.
    private(set) var hasNoNetwork = false
    /// No socket can be made: a filter of system calls.
    private(set) var refusesSockets = false
    /// No file can be opened but those of the system's programs and libraries, and those only for reading.
    private(set) var refusesFiles = false

    /// Sets all bounds that this system knows.
    ///
    /// Limits of memory, processor time and written bytes hold everywhere. Namespaces may be forbidden to users, and
    /// older kernels lack Landlock; each of the three others stands for itself.
    static func enter() -> Sandbox {
        var sandbox = Sandbox()
        _ = carrel_bind_to_parent()
        sandbox.hasNoNetwork = carrel_leave_network() == 0
        limit(__rlimit_resource_t(RLIMIT_AS.rawValue), mappedBytes + ExtractionLimits.memoryBytes)
        limit(__rlimit_resource_t(RLIMIT_CPU.rawValue), ExtractionLimits.processorSeconds)
        limit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), 0)
        limit(__rlimit_resource_t(RLIMIT_CORE.rawValue), 0)
        limit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), 64)
        sandbox.refusesFiles = carrel_leave_files() == 0
        sandbox.refusesSockets = carrel_refuse_calls() == 0
        return sandbox
    }

    private static func limit(_ resource: __rlimit_resource_t, _ value: Int) {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        setrlimit(resource, &limit)
    }

    /// Bytes of address space in use.
    private static var mappedBytes: Int {
        var text = [UInt8](repeating: 0, count: 64)
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        let count = max(0, read(file, &text, text.count))
        close(file)
        let pages = Int(String(decoding: text[..<count].prefix { $0 != 0x20 }, as: UTF8.self)) ?? 1 << 18
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Tries what must not work and prints what came of it, as JSON, for tests and the curious.
    func probe() {
        func tries(_ path: String, _ flags: Int32) -> String {
            let file = open(path, flags, 0o600)
            guard file >= 0 else { return "refused" }
            close(file)
            return "possible"
        }
        let made = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let members = [
            "\"network_namespace\": \(hasNoNetwork)", "\"seccomp\": \(refusesSockets)", "\"landlock\": \(refusesFiles)",
            "\"socket\": \"\(made < 0 ? "refused" : "possible")\"",
            "\"read_etc_passwd\": \"\(tries("/etc/passwd", O_RDONLY))\"",
            "\"write_tmp\": \"\(tries("/tmp/carrel-probe-\(getpid())", O_WRONLY | O_CREAT | O_EXCL))\"",
        ]
        print("{" + members.joined(separator: ", ") + "}")
    }
}
