package org.patchbay.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Attribute;
import org.osgi.annotation.bundle.Capability;

/**
 * Declares on an endpoint's class that its bundle offers a backend type, as a capability that a
 * resolver can require: {@code org.patchbay.backend; org.patchbay.backend="tap"; pid="…"}.
 */
@Capability(namespace = BackendType.NAMESPACE)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.CLASS)
public @interface BackendType {

  /** Namespace of the capability; an attribute of the same name holds the type. */
  String NAMESPACE = "org.patchbay.backend";

  /** The backend type, as in {@link Endpoint#PROPERTY_TYPE}. */
  @Attribute(NAMESPACE)
  String value();

  /** The factory PID whose configurations create endpoints of this type; empty if none do. */
  @Attribute("pid")
  String pid() default "";

  /** The vendor's name. */
  @Attribute("vendor")
  String vendor() default "";
}
