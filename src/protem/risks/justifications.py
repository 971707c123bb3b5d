"""Why a flaw cannot bite, in the words of OpenVEX and of CycloneDX."""

LABELS = {
    "component_not_present": "The component is not in the product",
    "vulnerable_code_not_present": "The vulnerable code is not in it",
    "vulnerable_code_not_in_execute_path": "The vulnerable code is never run",
    "vulnerable_code_cannot_be_controlled_by_adversary": "Nobody from outside can steer it",
    "inline_mitigations_already_exist": "Something already stands in its way",
}
"""OpenVEX's words, and what they say."""

TO_CYCLONEDX = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
TO_OPENVEX = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "requires_configuration": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_dependency": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_environment": "vulnerable_code_cannot_be_controlled_by_adversary",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}


def label_of(word: str) -> str:
    """What a justification says, whichever format it is from; empty for none."""
    return LABELS.get(TO_OPENVEX.get(word, word), word.replace("_", " "))
