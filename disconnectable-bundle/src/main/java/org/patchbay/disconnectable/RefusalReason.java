package org.patchbay.disconnectable;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * Finds out why a component refused a configuration. The component runtime keeps the stack trace of
 * the activation that failed; its sentence is in there.
 */
final class RefusalReason {

  // The first line of a stack trace or of one of its causes: class, colon, message.
  private static final Pattern HEAD =
      Pattern.compile("^(?:Caused by: )?((?:[\\w$]+\\.)+[\\w$]+)(?:: (.*))?$");
  private static final String[] WRAPPERS = {
    "java.lang.reflect.InvocationTargetException",
    "org.osgi.service.component.ComponentException",
    "java.lang.ExceptionInInitializerError"
  };

  private RefusalReason() {}

  /**
   * Looks for the failure of a configuration's component.
   *
   * @param pid the configuration's PID
   * @return the reason as a sentence, or null if no component failed on it (yet)
   */
  static @Nullable String find(ServiceComponentRuntime runtime, String factoryPid, String pid) {
    for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs()) {
      if (!List.of(description.configurationPid).contains(factoryPid)) {
        continue;
      }
      for (ComponentConfigurationDTO component :
          runtime.getComponentConfigurationDTOs(description)) {
        if (component.state == ComponentConfigurationDTO.FAILED_ACTIVATION
            && isOf(component, pid)) {
          return sentence(component.failure);
        }
      }
    }
    return null;
  }

  private static boolean isOf(ComponentConfigurationDTO component, String pid) {
    return switch (component.properties.get(Constants.SERVICE_PID)) {
      case String one -> one.equals(pid);
      case String[] many -> List.of(many).contains(pid);
      case Iterable<?> many -> {
        boolean found = false;
        for (Object one : many) {
          found |= pid.equals(one);
        }
        yield found;
      }
      case null, default -> false;
    };
  }

  /** The message of the outermost throwable of a stack trace that is not a mere wrapper. */
  static String sentence(@Nullable String stackTrace) {
    if (stackTrace == null || stackTrace.isBlank()) {
      return "its component failed without a reason";
    }
    for (String line : (Iterable<String>) stackTrace.lines()::iterator) {
      Matcher head = HEAD.matcher(line);
      if (head.matches() && !List.of(WRAPPERS).contains(head.group(1))) {
        String message = head.group(2);
        return message == null || message.isBlank() ? head.group(1) : message;
      }
    }
    return stackTrace.lines().findFirst().orElse(stackTrace);
  }
}
