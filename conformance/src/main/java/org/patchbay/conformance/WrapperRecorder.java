package org.patchbay.conformance;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object inside a wrapper: it answers each method of an interface as it was told, and remembers
 * the calls. Thread-safe.
 */
final class WrapperRecorder implements InvocationHandler {

  /** What a call does. */
  interface Answer {
    @Nullable Object answer(@Nullable Object[] arguments) throws Throwable;
  }

  private final Class<?> type;
  private final Map<Method, Answer> answers = new HashMap<>(); // guarded by this
  private final Map<Method, List<@Nullable Object[]>> calls = new HashMap<>(); // guarded by this

  /**
   * @param type the interface
   */
  WrapperRecorder(Class<?> type) {
    this.type = type;
  }

  /** The object. */
  <T> T as(Class<T> supertype) {
    return supertype.cast(
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, this));
  }

  /** Sets what a method does from now on. */
  synchronized void answer(Method method, Answer answer) {
    answers.put(method, answer);
  }

  /** Forgets the calls so far. */
  synchronized void forget() {
    calls.clear();
  }

  /** The arguments of each call of a method. */
  synchronized List<@Nullable Object[]> calls(Method method) {
    return List.copyOf(calls.getOrDefault(method, List.of()));
  }

  @Override
  public @Nullable Object invoke(
      Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    @Nullable Object[] given = arguments == null ? new Object[0] : arguments;
    if (method.getDeclaringClass() == Object.class) {
      return ofObject(self, method, given);
    }
    Answer answer;
    synchronized (this) {
      calls.computeIfAbsent(method, unused -> new ArrayList<>()).add(given.clone());
      answer = answers.get(method);
    }
    return answer == null
        ? WrapperSamples.value(method.getGenericReturnType(), 0)
        : answer.answer(given);
  }

  private Object ofObject(Object self, Method method, @Nullable Object[] arguments) {
    return switch (method.getName()) {
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      default -> "the " + type.getSimpleName() + " inside";
    };
  }

  /** Arguments as a sentence names them. */
  static String names(@Nullable Object[] arguments) {
    return Arrays.deepToString(arguments);
  }
}
