import Glibc

/// A few threads that do one thing together, again and again; the caller is one of them.
///
/// Sendable: the pthread objects are made for use from any thread and live at fixed addresses until `deinit`;
/// everything that changes is touched only while the mutex is held.
final class WorkerTeam: @unchecked Sendable {
    /// Threads that work, the caller's included.
    private(set) var count = 1
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let started = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var threads: [pthread_t] = []
    private var body: ((Int) -> Void)?
    private var wanted = 0
    private var running = 0
    private var turn = 0
    private var isClosed = false

    /// A team of up to `count` threads: fewer if the system has no more.
    init(count: Int) {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(started, nil)
        pthread_cond_init(ended, nil)
        while self.count < count, addThread() {
            self.count += 1
        }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(started)
        pthread_cond_destroy(ended)
        mutex.deallocate()
        started.deallocate()
        ended.deallocate()
    }

    /// Ends the threads; they keep this object alive until then.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(started)
        let threads = threads
        pthread_mutex_unlock(mutex)
        for thread in threads {
            pthread_join(thread, nil)
        }
    }

    /// Calls `body` with 0, 1, … on `threads` threads at once and returns when all have come back.
    func run(_ threads: Int, _ body: (Int) -> Void) {
        guard threads > 1 else {
            body(0)
            return
        }
        withoutActuallyEscaping(body) { body in
            pthread_mutex_lock(mutex)
            self.body = body
            wanted = threads
            running = count - 1
            turn += 1
            pthread_cond_broadcast(started)
            pthread_mutex_unlock(mutex)
            body(0)
            pthread_mutex_lock(mutex)
            while running > 0 {
                pthread_cond_wait(ended, mutex)
            }
            self.body = nil
            pthread_mutex_unlock(mutex)
        }
    }

    private func addThread() -> Bool {
        let member = Unmanaged.passRetained(TeamMember(team: self, number: count))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    let member = Unmanaged<TeamMember>.fromOpaque(context).takeRetainedValue()
                    member.team.work(member.number)
                }
                return nil
            }, member.toOpaque())
        guard code == 0 else {
            member.release()
            return false
        }
        threads.append(thread)
        return true
    }

    private func work(_ number: Int) {
        var seen = 0
        pthread_mutex_lock(mutex)
        while true {
            while turn == seen, !isClosed {
                pthread_cond_wait(started, mutex)
            }
            guard turn != seen else { break }
            seen = turn
            let body = number < wanted ? body : nil
            pthread_mutex_unlock(mutex)
            body?(number)
            pthread_mutex_lock(mutex)
            running -= 1
            if running == 0 {
                pthread_cond_signal(ended)
            }
        }
        pthread_mutex_unlock(mutex)
    }
}

/// What a thread of a team starts with.
private final class TeamMember: Sendable {
    let team: WorkerTeam
    let number: Int

    init(team: WorkerTeam, number: Int) {
        self.team = team
        self.number = number
    }
}
