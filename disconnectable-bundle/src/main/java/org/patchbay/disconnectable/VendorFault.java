package org.patchbay.disconnectable;

import java.util.Arrays;
import org.patchbay.api.EndpointException;

/**
 * What a vendor's code threw, in our words: class, message and stack, without the thrown object.
 * That is the vendor's too; its methods may throw, block or answer megabytes, and whoever keeps it
 * keeps the vendor's class loader. So no method is asked that the vendor can have written.
 */
final class VendorFault extends Exception {

  private static final long serialVersionUID = 1L;
  private static final int MOST_NAME = 160;
  private static final int MOST_MESSAGE = 400;
  private static final int MOST_FRAMES = 32;
  private static final StackTraceElement[] NO_FRAMES = {};

  private VendorFault(String description, StackTraceElement[] frames) {
    super(description, null, false, true);
    setStackTrace(frames);
  }

  /** A description with the place where it was thrown. */
  static VendorFault of(Throwable thrown) {
    return new VendorFault(describe(thrown), frames(thrown));
  }

  /** Class and message, on one line and of bounded length. Calls no vendor's code, never throws. */
  static String describe(Throwable thrown) {
    if (thrown instanceof VendorFault known) {
      return known.toString();
    }
    Class<?> type = thrown.getClass();
    String name = Sentences.clip(type.getName(), MOST_NAME);
    if (!isOurs(type, "getMessage")) {
      return name + ", whose class makes its message itself";
    }
    String message;
    try {
      message = thrown.getMessage();
    } catch (Throwable e) { // as of a NullPointerException whose helpful message finds no memory
      return name;
    }
    return message == null ? name : name + ": " + Sentences.clip(message, MOST_MESSAGE);
  }

  /** A typed error that a vendor threw, with all that it wrote bounded and on one line. */
  static EndpointException clean(EndpointException thrown) {
    String sentence = thrown.error().sentence() + ": ";
    String message = thrown.getMessage();
    Throwable cause = thrown.getCause();
    if (message.equals(Sentences.clip(message, MOST_MESSAGE))
        && (cause == null || cause instanceof VendorFault)) {
      return thrown;
    }
    String detail = message.startsWith(sentence) ? message.substring(sentence.length()) : message;
    return new EndpointException(
        thrown.error(), Sentences.clip(detail, MOST_MESSAGE), cause == null ? null : of(cause));
  }

  private static StackTraceElement[] frames(Throwable thrown) {
    if (!isOurs(thrown.getClass(), "getStackTrace")) {
      return NO_FRAMES;
    }
    try {
      StackTraceElement[] all = thrown.getStackTrace();
      return all.length <= MOST_FRAMES ? all : Arrays.copyOf(all, MOST_FRAMES);
    } catch (Throwable e) { // as of one that is thrown where there is no stack left
      return NO_FRAMES;
    }
  }

  /** Whether a method of a throwable class is the JDK's or the API's own. */
  private static boolean isOurs(Class<?> type, String method) {
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      ClassLoader loader = each.getClassLoader();
      if (each == EndpointException.class
          || loader == null
          || loader == ClassLoader.getPlatformClassLoader()) {
        return true; // and so are all classes above it
      }
      try {
        var unused = each.getDeclaredMethod(method);
        return false;
      } catch (NoSuchMethodException e) {
        // Look above.
      } catch (Throwable e) { // the class can't be linked whole
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return getMessage() == null ? "" : getMessage();
  }
}
