package org.patchbay.linux.driver;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.linux.Epoll;
import org.patchbay.linux.Errno;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.LinuxException;

/**
 * One worker's wait on an epoll instance.
 *
 * <p>A wake-up is a change of {@link #state}; only one that finds the worker asleep writes to the
 * eventfd:
 *
 * <pre>
 *            await                 wake (writes to the eventfd)
 *   AWAKE ----------> ASLEEP ------------------------------> NOTIFIED
 *     ^  \                                                      |
 *     |   `------------------ wake (no system call) ----------->|
 *     `------------------------- await returns -----------------'
 * </pre>
 *
 * The eventfd is watched edge-triggered and never read, so each write is one event.
 */
final class EpollWait implements WorkerWait {
  private static final int AWAKE = 0;
  private static final int ASLEEP = 1;
  private static final int NOTIFIED = 2;

  private static final int MAX_EVENTS = 64;
  private static final long WAKE_TOKEN = -1;
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(EpollWait.class, "state", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Epoll epoll;
  private final EventFd eventFd;
  private final Object lock = new Object();

  @SuppressWarnings("unused") // used through STATE
  private volatile int state = AWAKE;

  /** Watches by slot. Written under {@link #lock}, which the worker need not take to read. */
  private volatile @Nullable EpollWatch[] slots = new @Nullable EpollWatch[8];

  private int generation; // guarded by lock
  private boolean closed; // guarded by lock

  private EpollWait(Epoll epoll, EventFd eventFd) {
    this.epoll = epoll;
    this.eventFd = eventFd;
  }

  /** Makes a wait without watches. */
  static EpollWait open() throws LinuxException {
    Epoll epoll = Epoll.open(MAX_EVENTS);
    try {
      EventFd eventFd = EventFd.open();
      int added = epoll.add(eventFd.descriptor().value(), Epoll.IN | Epoll.EDGE, WAKE_TOKEN);
      if (added < 0) {
        eventFd.close();
        throw new LinuxException("epoll_ctl(EPOLL_CTL_ADD)", -added);
      }
      return new EpollWait(epoll, eventFd);
    } catch (LinuxException failed) {
      epoll.close();
      throw failed;
    }
  }

  @Override
  public OwnedQueueDriver openDriver() throws EndpointException {
    synchronized (lock) {
      checkOpen();
    }
    return new EpollQueueDriver(this);
  }

  @Override
  public Watch watch(int descriptor) throws EndpointException {
    return open(descriptor);
  }

  EpollWatch open(int descriptor) throws EndpointException {
    synchronized (lock) {
      checkOpen();
      int slot = freeSlot();
      // The generation tells an event of a closed watch from one of its successor in the slot.
      long token = (long) ++generation << Integer.SIZE | slot;
      EpollWatch watch = new EpollWatch(this, descriptor, token);
      int added = epoll.add(descriptor, Epoll.ONE_SHOT, token);
      if (added < 0) {
        LinuxException cause = new LinuxException("epoll_ctl(EPOLL_CTL_ADD)", -added);
        throw new EndpointException(
            added == -Errno.ENOSPC || added == -Errno.ENOMEM
                ? EndpointError.OUT_OF_DESCRIPTORS
                : EndpointError.SYSTEM_CALL_FAILED,
            "descriptor " + descriptor + " can't be watched: " + cause.getMessage(),
            cause);
      }
      slots[slot] = watch;
      return watch;
    }
  }

  private void checkOpen() throws EndpointException {
    if (closed) {
      throw new EndpointException(EndpointError.CLOSED, "the worker's wait takes no more watches");
    }
  }

  private int freeSlot() {
    @Nullable EpollWatch[] present = slots;
    for (int i = 0; i < present.length; i++) {
      if (present[i] == null) {
        return i;
      }
    }
    slots = Arrays.copyOf(present, present.length * 2);
    return present.length;
  }

  /** Enables a watch's next event; the worker's thread. */
  void arm(EpollWatch watch, int interest) {
    int events =
        ((interest & Watch.READABLE) != 0 ? Epoll.IN : 0)
            | ((interest & Watch.WRITABLE) != 0 ? Epoll.OUT : 0);
    int result = epoll.modify(watch.descriptor(), events | Epoll.ONE_SHOT, watch.token());
    if (result < 0) {
      // The descriptor was closed beneath the watch: whoever polls it shall find out, at once.
      watch.fire(interest);
      wake();
    }
  }

  void remove(EpollWatch watch) {
    synchronized (lock) {
      int slot = (int) watch.token();
      if (slots[slot] == watch) {
        slots[slot] = null;
        if (!closed) {
          // It fails if the descriptor was closed before, which has ended the watch already.
          var unused = epoll.remove(watch.descriptor());
        }
      }
    }
  }

  @Override
  public boolean await(long timeoutNanos) {
    if (!STATE.compareAndSet(this, AWAKE, ASLEEP)) {
      // Woken already. Still look at the descriptors, so that wake-ups in a row can't starve them.
      dispatch(epoll.await(0));
      // A read as well, so that what was written before a wake-up up to here is seen.
      var unused = (int) STATE.getAndSet(this, AWAKE);
      return true;
    }
    boolean fired = false;
    long left = timeoutNanos;
    long deadline = timeoutNanos > 0 ? System.nanoTime() + timeoutNanos : 0;
    while (true) {
      int count = epoll.await(left);
      fired |= dispatch(count);
      if (fired || count == -Errno.EBADF || (int) STATE.getVolatile(this) == NOTIFIED) {
        break;
      }
      if (timeoutNanos >= 0) {
        // A signal, or the event of a wake-up that an earlier await has answered already.
        left = timeoutNanos > 0 ? deadline - System.nanoTime() : 0;
        if (left <= 0) {
          break;
        }
      }
    }
    boolean notified = (int) STATE.getAndSet(this, AWAKE) == NOTIFIED;
    return fired || notified;
  }

  /** Hands events to their watches; whether a watch fired. */
  private boolean dispatch(int count) {
    @Nullable EpollWatch[] present = slots;
    boolean fired = false;
    for (int i = 0; i < count; i++) {
      long token = epoll.token(i);
      if (token == WAKE_TOKEN) {
        continue;
      }
      EpollWatch watch = present[(int) token];
      if (watch != null && watch.token() == token) {
        fired |= watch.fire(interest(epoll.events(i), watch.armed()));
      }
    }
    return fired;
  }

  private static int interest(int events, int armed) {
    if ((events & (Epoll.ERROR | Epoll.HANG_UP)) != 0) {
      return armed;
    }
    return ((events & Epoll.IN) != 0 ? Watch.READABLE : 0)
        | ((events & Epoll.OUT) != 0 ? Watch.WRITABLE : 0);
  }

  @Override
  public void wake() {
    if ((int) STATE.getAndSet(this, NOTIFIED) == ASLEEP) {
      synchronized (lock) {
        // Not after close: the descriptor's number may be another file's by then.
        if (!closed) {
          eventFd.signal();
        }
      }
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (!closed) {
        closed = true;
        epoll.close();
        eventFd.close();
        Arrays.fill(slots, null);
      }
    }
  }
}
