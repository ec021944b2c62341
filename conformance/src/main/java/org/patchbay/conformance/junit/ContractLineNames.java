package org.patchbay.conformance.junit;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.patchbay.conformance.ContractLine;

/** Display names that begin with the ids of a test's {@link ContractLine}s. */
public final class ContractLineNames extends DisplayNameGenerator.ReplaceUnderscores {

  /** For JUnit. */
  public ContractLineNames() {}

  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosing, Class<?> testClass, Method method) {
    String name = super.generateDisplayNameForMethod(enclosing, testClass, method);
    ContractLine lines = method.getAnnotation(ContractLine.class);
    return lines == null ? name : String.join(" ", lines.value()) + " " + name;
  }
}
