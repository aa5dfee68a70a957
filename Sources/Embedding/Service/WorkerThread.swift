import Glibc
import Synchronization

/// A POSIX thread that runs one closure.
///
/// Embedding keeps a core busy for milliseconds at a time: on Swift's cooperative pool it would hold up every task.
final class WorkerThread: Sendable {
    /// The thread's handle until somebody joined it.
    private let handle: Mutex<pthread_t?>

    private final class Body {
        let lowestPriority: Bool
        let run: @Sendable () -> Void

        init(lowestPriority: Bool, run: @escaping @Sendable () -> Void) {
            self.lowestPriority = lowestPriority
            self.run = run
        }
    }

    /// Starts a thread; `nil` if the system has none to give.
    /// - Parameters:
    ///   - lowestPriority: Nice 19: runs when nothing else wants the core.
    ///   - run: What the thread does; the thread ends with it.
    init?(lowestPriority: Bool, run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(lowestPriority: lowestPriority, run: run))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { WorkerThread.start($0) }, body.toOpaque())
        guard code == 0 else {
            body.release()
            return nil
        }
        handle = Mutex(thread)
    }

    private static func start(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        // On Linux, "this process" here means the calling thread.
        if body.lowestPriority { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }
        body.run()
        return nil
    }

    /// Waits for the thread's end; the second call returns at once.
    func join() {
        let thread = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let thread { pthread_join(thread, nil) }
    }
}
