package org.patchbay.conformance.command;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Why a bundle's components offer no service, as the component runtime knows it. */
final class ComponentReasons {

  /** The first line of a stack trace or of one of its causes: class, colon, message. */
  private static final Pattern HEAD =
      Pattern.compile("^(?:Caused by: )?((?:[\\w$]+\\.)+[\\w$]+)(?:: (.*))?$");

  private static final List<String> WRAPPERS =
      List.of(
          "java.lang.reflect.InvocationTargetException",
          "org.osgi.service.component.ComponentException",
          "java.lang.ExceptionInInitializerError");

  private ComponentReasons() {}

  /** Sentences without their dot, one for each component that is not there; empty if all are. */
  static List<String> of(ServiceComponentRuntime runtime, Bundle bundle) {
    List<String> reasons = new ArrayList<>();
    for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(bundle)) {
      var configurations = runtime.getComponentConfigurationDTOs(description);
      if (!runtime.isComponentEnabled(description)) {
        reasons.add("its component " + description.name + " is disabled");
      } else if (configurations.isEmpty()) {
        reasons.add(
            "its component "
                + description.name
                + " has no configuration of the PID "
                + String.join(" or ", description.configurationPid));
      }
      for (ComponentConfigurationDTO configuration : configurations) {
        String reason = of(configuration);
        if (reason != null) {
          reasons.add("its component " + description.name + " " + reason);
        }
      }
    }
    return reasons;
  }

  private static @Nullable String of(ComponentConfigurationDTO configuration) {
    return switch (configuration.state) {
      case ComponentConfigurationDTO.FAILED_ACTIVATION ->
          "failed: " + failure(configuration.failure);
      case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION ->
          "has no configuration of the PID "
              + String.join(" or ", configuration.description.configurationPid);
      case ComponentConfigurationDTO.UNSATISFIED_REFERENCE -> {
        List<String> names = new ArrayList<>();
        for (UnsatisfiedReferenceDTO reference : configuration.unsatisfiedReferences) {
          names.add(reference.name + (reference.target == null ? "" : " with " + reference.target));
        }
        yield "finds no service for its reference " + String.join(", ", names);
      }
      default -> null;
    };
  }

  /** The message of the outermost throwable of a stack trace that is not a mere wrapper. */
  static String failure(@Nullable String stackTrace) {
    if (stackTrace == null || stackTrace.isBlank()) {
      return "it gives no reason";
    }
    for (String line : stackTrace.lines().toList()) {
      Matcher head = HEAD.matcher(line);
      if (head.matches() && !WRAPPERS.contains(head.group(1))) {
        String message = head.group(2);
        return message == null || message.isBlank() ? head.group(1) : message;
      }
    }
    return stackTrace.lines().findFirst().orElse(stackTrace);
  }

  /** Whether a component has failed on a configuration. */
  static boolean hasFailed(ServiceComponentRuntime runtime, Bundle bundle, String pid) {
    for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(bundle)) {
      for (var configuration : runtime.getComponentConfigurationDTOs(description)) {
        Object pids = configuration.properties.get(Constants.SERVICE_PID);
        boolean isOf =
            pids instanceof String[] many
                ? List.of(many).contains(pid)
                : String.valueOf(pids).contains(pid);
        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION && isOf) {
          return true;
        }
      }
    }
    return false;
  }

  /** Factory PIDs of components that exist with a configuration only. */
  static List<String> requiredPids(ServiceComponentRuntime runtime, Bundle bundle) {
    List<String> pids = new ArrayList<>();
    for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(bundle)) {
      if ("require".equals(description.configurationPolicy)) {
        pids.addAll(List.of(description.configurationPid));
      }
    }
    return pids;
  }
}
