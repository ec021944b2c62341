package org.patchbay.fault;

import java.util.List;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;

/**
 * What one configuration's endpoint does wrong, with all that it takes: owns threads, descriptors
 * and whatever blocks, and lets go of them when closed. Any thread.
 */
final class FaultPlan implements AutoCloseable {

  private static final int LEAST_STACK = 1;

  private final FaultSettings settings;
  private final Helpers helpers;
  private final Blocker blocker;
  private final Leak leak;
  private final WakeStorm storm;
  private final FaultSwitch faults;
  private final Misuses misuses = new Misuses();

  /**
   * @param services what the endpoint does to the service registry
   */
  FaultPlan(FaultSettings settings, ServiceDeeds services) {
    this.settings = settings;
    helpers = new Helpers(settings.name());
    blocker = new Blocker(settings.blockNanos(), settings.release());
    leak = new Leak(settings.threads(), settings.descriptors(), helpers);
    storm = new WakeStorm(helpers);
    faults = new FaultSwitch(settings.fault(), settings.in(), settings.after(), deed(services));
  }

  private Deed deed(ServiceDeeds services) {
    String what = "made by endpoint " + settings.name() + " in " + settings.in().text();
    return switch (settings.fault()) {
      case THROW_EXCEPTION ->
          () -> {
            throw new IllegalStateException(what);
          };
      case THROW_STACK_OVERFLOW -> () -> recurse(LEAST_STACK);
      case THROW_LINKAGE ->
          () -> {
            throw new NoClassDefFoundError(what);
          };
      case THROW_OUT_OF_MEMORY ->
          () -> {
            throw new OutOfMemoryError(what);
          };
      case BLOCK -> blocker;
      case LEAK -> leak;
      case TAKE_NAME -> services::takeName;
      case UNREGISTER -> services::unregister;
      case REGISTER_MANY -> services::registerMany;
      case NONE,
          BLOCK_NATIVE,
          COUNT_TOO_MANY,
          COUNT_NEGATIVE,
          ID_TWICE,
          ID_UNKNOWN,
          ID_NEVER,
          BUFFER_AFTER_RETURN,
          BUFFER_AFTER_CLOSE,
          BUFFER_PAST_CAPACITY,
          BUFFER_OTHER_THREAD,
          WAKE_STORM,
          LIE_ORDER ->
          Deed.NOTHING;
    };
  }

  /** Fills the stack; the result is of no use, and keeps the compiler from making a loop of it. */
  @SuppressWarnings("InfiniteRecursion") // that is what it is for
  private static int recurse(int depth) {
    return recurse(depth + 1) + depth;
  }

  /** Where each method asks. */
  FaultSwitch faults() {
    return faults;
  }

  /** Whether the endpoint says that it keeps an order which it does not keep. */
  boolean liesOfOrder() {
    return settings.fault() == Fault.LIE_ORDER;
  }

  /** Puts the fault in front of a queue that was just opened. */
  Queue queue(Queue opened) {
    // Two calls come only after others: there must be something to collect, or a failure.
    Queue behind =
        switch (settings.in()) {
          case TX_POLL -> new DeferringQueue(opened);
          case FAILURE -> new FailingQueue(opened);
          default -> opened;
        };
    return new FaultyQueue(behind, faults, queueFault());
  }

  private QueueFault queueFault() {
    Fault fault = settings.fault();
    return switch (fault) {
      case BLOCK_NATIVE -> new NativeBlock(blocker, helpers);
      case COUNT_TOO_MANY -> new WrongCounts(false);
      case COUNT_NEGATIVE -> new WrongCounts(true);
      case ID_TWICE, ID_UNKNOWN, ID_NEVER -> new WrongIds(fault);
      case BUFFER_AFTER_RETURN, BUFFER_AFTER_CLOSE, BUFFER_PAST_CAPACITY, BUFFER_OTHER_THREAD ->
          new BufferMisuse(fault, helpers, misuses);
      case NONE,
          THROW_EXCEPTION,
          THROW_STACK_OVERFLOW,
          THROW_LINKAGE,
          THROW_OUT_OF_MEMORY,
          BLOCK,
          WAKE_STORM,
          LIE_ORDER,
          LEAK,
          TAKE_NAME,
          UNREGISTER,
          REGISTER_MANY ->
          QueueFault.NOTHING;
    };
  }

  /** Describes what is to happen, how often it did, and how the platform answered. */
  void inspect(InspectNode node) {
    faults.inspect(node);
    misuses.inspect(node);
  }

  /** Queues were opened by a call that has the fault. */
  void opened(List<QueueConfig> configs) {
    if (settings.fault() == Fault.WAKE_STORM) {
      storm.begin(configs);
    }
  }

  /** Ends all blocking, without waiting for anything. */
  void release() {
    blocker.release();
  }

  /** Ends all blocking and all threads, and frees what was leaked. */
  @Override
  public void close() {
    blocker.release();
    leak.close();
    helpers.close();
  }
}
