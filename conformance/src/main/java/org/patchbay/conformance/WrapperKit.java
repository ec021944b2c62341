package org.patchbay.conformance;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RssConfig;
import org.patchbay.conformance.support.ContractViolation;

/**
 * Checks that a wrapper passes on each method of {@link Endpoint} and {@link Queue}. It goes by the
 * interfaces' methods as they are when it runs, so one that they grow later is among them.
 */
public final class WrapperKit {

  /** Methods that tell what an endpoint can do. */
  private static final Set<String> CAPABILITIES =
      Set.of(
          "isOrdered",
          "txOffloadSupport",
          "carriesVlan",
          "multiQueueSupport",
          "txFastCompletions",
          "linkSpeed");

  private static final Duration LONGEST_CALL = Duration.ofSeconds(5);
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final int QUEUES = 2;
  private static final String MARK = "written-inside";

  private final WrapperMaker maker;
  private final Set<String> changes;
  private final Class<? extends Endpoint> endpointType;
  private final Class<? extends Queue> queueType;
  private final Duration longestCall;

  /** How long the end of an attempt may take. It tells nothing, so it is awaited in full once. */
  private Duration endPatience;

  private WrapperKit(
      WrapperMaker maker,
      Set<String> changes,
      Class<? extends Endpoint> endpointType,
      Class<? extends Queue> queueType,
      Duration longestCall) {
    this.maker = maker;
    this.changes = changes;
    this.endpointType = endpointType;
    this.queueType = queueType;
    this.longestCall = longestCall;
    endPatience = longestCall;
  }

  /**
   * Checks a wrapper.
   *
   * @param name what the report calls it
   * @param maker puts the wrapper around an endpoint; called for each call that is checked
   * @param changes methods that the wrapper changes, such as {@code Queue.txAvail}; these are not
   *     checked
   */
  public static ConformanceReport run(String name, WrapperMaker maker, Set<String> changes)
      throws InterruptedException {
    return run(name, maker, changes, Endpoint.class, Queue.class, LONGEST_CALL);
  }

  /** The same for interfaces that have grown and with other bounds, as the kit's own tests do. */
  static ConformanceReport run(
      String name,
      WrapperMaker maker,
      Set<String> changes,
      Class<? extends Endpoint> endpointType,
      Class<? extends Queue> queueType,
      Duration longestCall)
      throws InterruptedException {
    WrapperKit kit = new WrapperKit(maker, changes, endpointType, queueType, longestCall);
    List<CheckResult> results = new ArrayList<>();
    for (Method method : methods(endpointType)) {
      results.add(
          kit.check(
              lineOf(method), method, (made, variant) -> kit.endpointCall(made, method, variant)));
    }
    for (Method method : methods(queueType)) {
      results.add(kit.check("W4", method, (made, variant) -> kit.queueCall(made, method, variant)));
    }
    results.add(kit.checkNames());
    results.sort(Comparator.comparing(CheckResult::line));
    return new ConformanceReport(name, results);
  }

  /** The lines that this kit checks. */
  static Set<String> lines() {
    return Set.of("W1", "W2", "W3", "W4", "W5", "W6");
  }

  private static List<Method> methods(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  private static String lineOf(Method method) {
    return switch (method.getName()) {
      case "getQueues" -> "W3";
      case "inspect" -> "W5";
      default -> CAPABILITIES.contains(method.getName()) ? "W1" : "W2";
    };
  }

  private String nameOf(Method method) {
    boolean ofQueue = method.getDeclaringClass().isAssignableFrom(queueType);
    return (ofQueue ? "Queue." : "Endpoint.") + method.getName();
  }

  private CheckResult checkNames() {
    Set<String> known = new TreeSet<>();
    Stream.concat(methods(endpointType).stream(), methods(queueType).stream())
        .forEach(method -> known.add(nameOf(method)));
    Set<String> unknown = new TreeSet<>(changes);
    unknown.removeAll(known);
    String title = "changed methods are named as they are";
    return unknown.isEmpty()
        ? new CheckResult("W6", title, Outcome.HELD, "")
        : new CheckResult(
            "W6", title, Outcome.BROKEN, "no methods are " + unknown + "; there are " + known);
  }

  /** A call of a method with one of several values. */
  private interface Attempt {
    void run(WrapperAttempt made, int variant) throws Exception;
  }

  private CheckResult check(String line, Method method, Attempt attempt)
      throws InterruptedException {
    String name = nameOf(method);
    String title = name + " passes through";
    if (changes.contains(name)) {
      return new CheckResult(
          line, title, Outcome.NOT_APPLICABLE, "the wrapper says that it changes it");
    }
    int variants = WrapperSamples.VARIANTS + WrapperSamples.failures(method).size();
    for (int variant = 0; variant < variants; variant++) {
      CheckResult result = attempt(line, title, name, attempt, variant);
      if (result.outcome() != Outcome.HELD) {
        return result;
      }
    }
    return new CheckResult(line, title, Outcome.HELD, "");
  }

  /** Runs one attempt on a thread of its own, as one that is not passed on may block. */
  private CheckResult attempt(String line, String title, String name, Attempt attempt, int variant)
      throws InterruptedException {
    WrapperAttempt made = new WrapperAttempt(maker, endpointType);
    FutureTask<@Nullable Void> task =
        new FutureTask<>(
            () -> {
              attempt.run(made, variant);
              return null;
            });
    Thread thread = Thread.ofPlatform().daemon().name("conformance-" + name).start(task);
    try {
      Object unused = task.get(longestCall.toMillis(), TimeUnit.MILLISECONDS);
      return new CheckResult(line, title, Outcome.HELD, "");
    } catch (TimeoutException e) {
      String late = " did not return within " + longestCall.toSeconds() + " s";
      return made.isWrapping()
          ? new CheckResult(line, title, Outcome.FIXTURE_FAILED, "the maker" + late)
          : new CheckResult(line, title, Outcome.BROKEN, name + late);
    } catch (ExecutionException e) {
      return switch (e.getCause()) {
        case FixtureFailure failure ->
            new CheckResult(
                line, title, Outcome.FIXTURE_FAILED, String.valueOf(failure.getMessage()));
        case ContractViolation violation ->
            new CheckResult(line, title, Outcome.BROKEN, violation.sentence());
        case null, default ->
            new CheckResult(line, title, Outcome.BROKEN, name + ": there came " + e.getCause());
      };
    } finally {
      thread.interrupt();
      endPatience = made.end(endPatience) ? endPatience : SHORT;
    }
  }

  /** Tells a wrapper's inside what to answer: a value, or beyond these a failure. */
  private static WrapperRecorder.Answer answerOf(Method method, int variant) {
    if (variant >= WrapperSamples.VARIANTS) {
      Throwable failure = WrapperSamples.failures(method).get(variant - WrapperSamples.VARIANTS);
      return arguments -> {
        throw failure;
      };
    }
    Object answer = WrapperSamples.answer(method, variant);
    return arguments -> answer;
  }

  private void endpointCall(WrapperAttempt made, Method method, int variant) throws Exception {
    switch (method.getName()) {
      case "getQueues" -> openQueues(made, method, variant);
      case "inspect" -> inspect(made, method);
      default -> {
        WrapperRecorder inside = new WrapperRecorder(endpointType);
        inside.answer(method, answerOf(method, variant));
        call(method, variant, made.wrap(inside), inside);
      }
    }
  }

  private void queueCall(WrapperAttempt made, Method method, int variant) throws Exception {
    for (int i = 0; i < QUEUES; i++) {
      Opened opened = open(made);
      WrapperRecorder inside = opened.inside.get(i);
      // The counters are one object for all time; a wrapper may have asked for them already.
      if (!method.getName().equals("statistics")) {
        inside.answer(method, answerOf(method, variant));
      }
      call(method, variant, opened.wrappers.get(i), inside);
    }
  }

  /** Calls a method of a wrapper and looks at what came to the inside and what came back. */
  private void call(Method method, int variant, Object wrapper, WrapperRecorder inside)
      throws Exception {
    @Nullable Object[] arguments = WrapperSamples.arguments(method, variant);
    inside.forget();
    Object expected = outcome(method, inside.as(method.getDeclaringClass()), arguments);
    inside.forget();
    Object came = outcome(method, wrapper, arguments);
    if (!same(came, expected)) {
      throw violation(
          method, "the one inside " + said(expected) + ", and the wrapper " + said(came));
    }
    boolean asks = method.getParameterCount() == 0 && method.getReturnType() != void.class;
    List<@Nullable Object[]> calls = inside.calls(method);
    if (asks && calls.isEmpty()) {
      return; // it may know the answer from before
    }
    if (calls.size() != 1) {
      throw violation(method, "one call reached the one inside " + calls.size() + " times");
    }
    for (int i = 0; i < arguments.length; i++) {
      if (!same(arguments[i], calls.getFirst()[i])) {
        throw violation(
            method,
            "called with "
                + WrapperRecorder.names(arguments)
                + ", it reached the one inside with "
                + WrapperRecorder.names(calls.getFirst()));
      }
    }
  }

  private static String said(@Nullable Object outcome) {
    return outcome instanceof Failure failure ? "threw " + failure.thrown : "answered " + outcome;
  }

  /** What a call threw. */
  private record Failure(Throwable thrown) {}

  private static @Nullable Object outcome(
      Method method, Object target, @Nullable Object[] arguments) throws IllegalAccessException {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      return new Failure(Objects.requireNonNull(e.getCause()));
    }
  }

  private static boolean same(@Nullable Object one, @Nullable Object other) {
    if (one instanceof Failure first && other instanceof Failure second) {
      return first.thrown.getClass() == second.thrown.getClass()
          && String.valueOf(first.thrown.getMessage())
              .equals(String.valueOf(second.thrown.getMessage()));
    }
    return one == other || (one != null && one.equals(other));
  }

  private ContractViolation violation(Method method, String sentence) {
    return new ContractViolation(lineOf(method), nameOf(method) + ": " + sentence);
  }

  // ---- queues ----

  /** Queues of a wrapper, and those inside, by number. */
  private record Opened(List<Queue> wrappers, List<WrapperRecorder> inside) {}

  private static List<QueueConfig> configs() {
    MacAddress address = MacAddress.parse("52:54:00:12:34:56");
    List<QueueConfig> configs = new ArrayList<>();
    for (int i = 0; i < QUEUES; i++) {
      QueueDriver driver = new WrapperRecorder(QueueDriver.class).as(QueueDriver.class);
      configs.add(new QueueConfig(driver, address, 1500 + i));
    }
    return configs;
  }

  private Opened open(WrapperAttempt made) throws Exception {
    List<WrapperRecorder> insides = new ArrayList<>();
    for (int i = 0; i < QUEUES; i++) {
      WrapperRecorder recorder = new WrapperRecorder(queueType);
      for (Method method : methods(queueType)) {
        recorder.answer(method, answerOf(method, 0));
      }
      insides.add(recorder);
    }
    WrapperRecorder endpoint = new WrapperRecorder(endpointType);
    Method getQueues = endpointType.getMethod("getQueues", List.class, RssConfig.class);
    List<Queue> queues = insides.stream().map(inside -> inside.as(Queue.class)).toList();
    endpoint.answer(getQueues, arguments -> queues);
    List<Queue> wrappers = made.wrap(endpoint).getQueues(configs(), null);
    made.opened(wrappers);
    if (wrappers.size() != QUEUES) {
      throw new ContractViolation(
          "W3", "Endpoint.getQueues answered " + wrappers.size() + " queues for " + QUEUES);
    }
    return new Opened(wrappers, insides);
  }

  private void openQueues(WrapperAttempt made, Method method, int variant) throws Exception {
    if (variant < WrapperSamples.VARIANTS) {
      int unused = open(made).wrappers.size();
    }
    WrapperRecorder inside = new WrapperRecorder(endpointType);
    List<Queue> queues =
        variant < WrapperSamples.VARIANTS
            ? Stream.generate(() -> new WrapperRecorder(queueType).as(Queue.class))
                .limit(QUEUES)
                .toList()
            : List.of();
    inside.answer(
        method,
        variant < WrapperSamples.VARIANTS ? arguments -> queues : answerOf(method, variant));
    Endpoint wrapper = made.wrap(inside);
    inside.forget();
    List<QueueConfig> configs = configs();
    RssConfig rss = variant % 2 == 0 ? null : new RssConfig(new byte[40], new int[2], 0);
    Object came = outcome(method, wrapper, new @Nullable Object[] {configs, rss});
    if (came instanceof List<?> wrappers) {
      made.opened(wrappers);
    }
    if (variant >= WrapperSamples.VARIANTS) {
      Failure expected = new Failure(WrapperSamples.failures(method).getFirst());
      if (!same(came, expected)) {
        throw violation(
            method, "the one inside " + said(expected) + ", and the wrapper " + said(came));
      }
    } else if (came instanceof Failure) {
      throw violation(method, "the wrapper " + said(came));
    }
    List<@Nullable Object[]> calls = inside.calls(method);
    if (calls.size() != 1) {
      throw violation(method, "one call reached the one inside " + calls.size() + " times");
    }
    if (!configs.equals(calls.getFirst()[0]) || rss != calls.getFirst()[1]) {
      throw violation(method, "configs or RssConfig reached the one inside as others");
    }
  }

  private void inspect(WrapperAttempt made, Method method) throws Exception {
    WrapperRecorder inside = new WrapperRecorder(endpointType);
    inside.answer(
        method,
        arguments -> {
          if (arguments[0] instanceof InspectNode node) {
            node.value(MARK, 4711);
            node.child(MARK + "-child").value("depth", 1);
          }
          return null;
        });
    InspectNode node = new InspectNode();
    made.wrap(inside).inspect(node);
    String text = node.render();
    if (!text.contains(MARK + ": 4711") || !text.contains(MARK + "-child")) {
      throw violation(method, "what the one inside wrote is not in:\n" + text);
    }
  }
}
