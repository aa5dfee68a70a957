import CEvent
import Glibc
import Synchronization

/// The thread of an ``EventLoop``: its libevent base, its queue of jobs, and the eventfd that wakes it.
///
/// `@unchecked Sendable`: `base`, `scratch`, `wakeEvent` and `running` are set before the thread starts and touched by
/// that thread alone afterwards (so the base needs no locks); `executor` is set once before the start; everything else
/// is a mutex, an atomic or a constant.
final class LoopThread: @unchecked Sendable {
    let base: OpaquePointer
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
    private let wakeDescriptor: Int32
    private var wakeEvent: OpaquePointer?
    private let queue = Mutex<[UnownedJob]>([])
    private let errands = Mutex<[@Sendable () -> Void]>([])
    private var running: [UnownedJob] = []
    private weak var executor: EventLoop?
    private let identity = Atomic<UInt>(0)
    private let isStopping = Atomic(false)

    init() throws(HTTPServerError) {
        guard let configuration = event_config_new() else { throw .outOfResources }
        defer { event_config_free(configuration) }
        event_config_set_flag(configuration, Int32(EVENT_BASE_FLAG_NOLOCK.rawValue))
        guard let base = event_base_new_with_config(configuration) else { throw .outOfResources }
        let descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else {
            event_base_free(base)
            throw .outOfResources
        }
        self.base = base
        wakeDescriptor = descriptor
    }

    deinit {
        if let wakeEvent { event_free(wakeEvent) }
        event_base_free(base)
        close(wakeDescriptor)
        scratch.deallocate()
    }

    /// Runs the loop on a new thread, which keeps `self` alive until ``stop()``.
    func start(for executor: EventLoop) throws(HTTPServerError) {
        self.executor = executor
        wakeEvent = event_new(
            base, wakeDescriptor, Int16(EV_READ | EV_PERSIST),
            { descriptor, what, context in
                guard let context else { return }
                if Int32(what) & EV_READ != 0 {
                    var count: UInt64 = 0
                    _ = read(descriptor, &count, 8)
                }
                Unmanaged<LoopThread>.fromOpaque(context).takeUnretainedValue().wake()
            }, Unmanaged.passUnretained(self).toOpaque())
        guard let wakeEvent, event_add(wakeEvent, nil) == 0 else { throw .outOfResources }

        // Signals are the business of the thread that waits for them, never of a loop. But for those of a fault, which are
        // of the thread that made it: blocked there, or in a thread begun from there, they end the process unhandled.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        for fault in [SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS] { sigdelset(&all, fault) }
        pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<LoopThread>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw .outOfResources
        }
        pthread_detach(thread)
    }

    /// Whether the caller is on this thread.
    var isCurrent: Bool { identity.load(ordering: .relaxed) == pthread_self() }

    /// Any thread: runs `job` soon.
    ///
    /// Costs a system call only if the queue was empty and the caller is elsewhere.
    func enqueue(_ job: UnownedJob) {
        let isFirst = queue.withLock { queue in
            queue.append(job)
            return queue.count == 1
        }
        if isFirst { signal() }
    }

    /// Any thread: runs `errand` soon, before any job enqueued from now on.
    func perform(_ errand: @escaping @Sendable () -> Void) {
        errands.withLock { $0.append(errand) }
        signal()
    }

    /// Any thread: ends the loop once nothing refers to its executor, so that no job can come any more.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        signal()
    }

    private func signal() {
        if isCurrent, let wakeEvent {
            event_active(wakeEvent, EV_TIMEOUT, 0)
        } else {
            var one: UInt64 = 1
            _ = write(wakeDescriptor, &one, 8)
        }
    }

    private func run() {
        identity.store(pthread_self(), ordering: .relaxed)
        event_base_dispatch(base)
    }

    private func wake() {
        for errand in errands.withLock({ errands in
            defer { errands = [] }
            return errands
        }) { errand() }
        runJobs()
        if isStopping.load(ordering: .acquiring) { event_base_loopbreak(base) }
    }

    /// Jobs enqueue jobs; a bounded number of rounds keeps the sockets served.
    private func runJobs() {
        guard let executor else { return }
        for _ in 0..<8 {
            queue.withLock { swap(&$0, &running) }
            if running.isEmpty { return }
            for job in running { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
            running.removeAll(keepingCapacity: true)
        }
        if queue.withLock({ !$0.isEmpty }) { signal() }
    }
}
