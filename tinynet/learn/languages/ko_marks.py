"""한국어: what the marker says in Korean: for each key of `MARKS` where to look, and what the mistake is."""

from __future__ import annotations

_BATCH, _FACTOR = "배치를 살펴보세요.", "곱해진 수를 살펴보세요."
_SLOPE, _UPDATE = "활성화 함수의 기울기를 살펴보세요.", "갱신 규칙을 살펴보세요."
_ARRAY, _TARGETS = "어떤 배열이 들어가는지 살펴보세요.", "정답을 살펴보세요."
_SIGN, _SUMS, _FORMULA = "부호를 살펴보세요.", "합을 살펴보세요.", "식을 살펴보세요."

MARKS: dict[str, tuple[str, str]] = {
    # the whole array
    "none": ("아무것도 주어지지 않았습니다.", "None입니다. 결과를 반환했나요?"),
    "blank": ("", "아직 채우지 않았습니다. 점 세 개 자리에 답을 적으세요."),
    "nan": ("숫자가 아닌 값이 들어 있습니다.", "NaN이 들어 있습니다: 0/0, ∞ - ∞ 또는 음수의 로그입니다."),
    "infinite": ("무한대가 들어 있습니다.", "무한대가 들어 있습니다: 0으로 나누었거나 값이 너무 큽니다."),
    "no numbers": ("숫자 배열이 아닙니다.", "숫자 배열이 아닙니다."),
    "zeros": ("모두 0입니다.", "모두 0입니다: 계산해서 써 넣기는 했나요?"),
    "sign": (_SIGN, "부호가 틀렸습니다: 예를 들어 교차 엔트로피의 기울기는 y - p가 아니라 p - y입니다."),
    "transposed": (
        "모양과, 무엇을 전치했는지를 살펴보세요.",
        "전치되어 있습니다. 기울기의 모양은 그 대상의 모양과 같습니다.",
    ),
    "missing 1/N": (_BATCH, "N배 큽니다: 손실은 N개 행의 평균이므로 기울기에 1/N이 있어야 합니다."),
    "1/N twice": (
        _BATCH,
        "N배 작습니다: 1/N을 두 번 곱했습니다. 손실의 기울기에 이미 들어 있으니 더하기만 하세요.",
    ),
    "constant": (_FACTOR, "있어야 할 값의 {factor}배입니다: {why}."),
    "factor": (_FACTOR, "있어야 할 값의 {factor}배입니다: 상수 배만큼 틀렸습니다."),
    "permuted": ("순서를 살펴보세요.", "숫자는 맞지만 순서가 다릅니다: {how}."),
    "squared": ("마지막에 한 계산을 살펴보세요.", "제곱되어 있습니다."),
    "absolute": (_SIGN, "부호가 사라졌습니다: 맞는 숫자의 크기만 남았습니다."),
    "normalised": ("마지막에 한 계산을 살펴보세요.", "{by}(으)로 나누었습니다: 크기를 그대로 두세요."),
    "added": ("더한 것을 살펴보세요.", "모든 성분이 같은 수만큼 어긋나 있습니다."),
    "another": (_ARRAY, "그것은 {name}입니다."),
    "layer after": (_ARRAY, "그것은 {name}입니다: 뒤쪽 층의 기울기이거나 도중에 있는 다른 배열입니다."),
    "too few digits": (
        "더 많은 자릿수로 적으세요.",
        "이렇게 반올림하면 움직였는지 알 수 없습니다: 더 많은 자릿수로 적으세요.",
    ),
    # sums over the batch
    "not summed": (_BATCH, "배치에 걸쳐 더하지 않았습니다: 전치한 {name}을(를) 곱하면 행에 걸쳐 더해집니다."),
    "bias not summed": (_BATCH, "배치에 걸쳐 더하지 않았습니다: 편향은 모든 행에 더해졌으니 모든 행을 더하세요."),
    "one row": (_BATCH, "여기에는 {which} 행만 들어 있습니다: 모든 행을 더하세요."),
    "wrong axis": ("어느 축으로 더하는지 살펴보세요.", "다른 축으로 더했습니다: 배치는 axis=0입니다."),
    # products
    "kernel not transposed": (
        "무엇을 전치했는지 살펴보세요.",
        "{name}을(를) 전치하지 않았습니다: 각 입력은 자신의 가중치 행을 따라 모읍니다.",
    ),
    "updated weights": (
        "어떤 가중치가 들어가는지 살펴보세요.",
        "새 {name}을(를) 썼습니다: 역전파 전체는 순전파 때의 가중치로 계산합니다.",
    ),
    "bias missing": ("더한 것을 살펴보세요.", "편향이 빠졌습니다."),
    "in place of": (_ARRAY, "{right} 자리에 {wrong}을(를) 썼습니다."),
    "output for input": (_ARRAY, "입력 {right} 자리에 이 층의 출력 {wrong}을(를) 썼습니다."),
    "gradient of another": (_ARRAY, "{right} 자리에 다음 층의 {wrong}을(를) 썼습니다."),
    # slopes
    "missing slope": (
        _SLOPE,
        "{activation}의 도함수가 빠졌습니다: 이것은 {name} 그대로이거나 그것으로 만든 값입니다.",
    ),
    "slope twice": (_SLOPE, "{activation}의 도함수를 두 번 곱했습니다."),
    "slope again": (
        _SLOPE,
        "활성화 함수의 도함수를 한 번 더 곱했습니다: 교차 엔트로피가 이미 약분했습니다(p - y).",
    ),
    "slope of another": (_SLOPE, "{activation}의 기울기는 {right}로 쓰는데, {wrong}(으)로 계산했습니다."),
    "slope alone": (_SLOPE, "기울기만 있습니다: 연쇄 법칙은 여기에 위에서 내려온 {part}을(를) 곱합니다."),
    "another slope": (_SLOPE, "그것은 {activation}이 아니라 {other}의 기울기입니다."),
    "elementwise": (
        "야코비 행렬을 살펴보세요.",
        "그것은 야코비 행렬의 대각선인 {other}의 기울기입니다: {activation}의 출력은 저마다 모든 합에 좌우됩니다.",
    ),
    "value for slope": (_SLOPE, "{activation}의 기울기(1 또는 0) 자리에 {wrong} 자체를 썼습니다."),
    "another activation": (
        "어떤 활성화 함수인지 살펴보세요.",
        "그것은 {formula}이(가) 아니라 {other}입니다.",
    ),
    "another loss": ("어떤 손실인지 살펴보세요.", "그것은 {other}(으)로 만든 값입니다."),
    # slips in a formula
    "missing rate": (_UPDATE, "학습률이 빠졌습니다: {formula}에서 {part}이(가) 없습니다."),
    "missing factor": (_FACTOR, "{formula}에서 {part}이(가) 빠졌습니다."),
    "missing 1/K": (_FACTOR, "기울기에서 출력에 걸친 평균이 빠졌습니다: 출력의 수로 나누세요."),
    "missing 2": (_FACTOR, "제곱을 미분할 때 나오는 2가 빠졌습니다."),
    "missing square": ("거듭제곱을 살펴보세요.", "제곱이 빠졌습니다: {formula}의 {part}."),
    "missing root": (_UPDATE, "제곱근이 빠졌습니다: {formula}의 {part}."),
    "missing term": (_SUMS, "{formula}에서 항 {part}이(가) 빠졌습니다."),
    "missing function": (_FORMULA, "{formula}의 {part}에서 함수가 빠졌습니다."),
    "epsilon's place": ("엡실론의 자리를 살펴보세요.", "ε의 자리가 틀렸습니다: {formula}의 {part}."),
    "other sign inside": (_SIGN, "{formula}에서 {part}의 부호가 틀렸습니다."),
    "not from 1": (_FORMULA, "{formula}에는 {part} 자체가 있습니다. 1에서 뺀 값이 아닙니다."),
    "not divided": ("무엇을 나누는지 살펴보세요.", "{formula}에서는 나누는데 {part}을(를) 곱했습니다."),
    "not summed inside": (_SUMS, "{formula}의 합이 빠졌습니다: {part}."),
    "shares swapped": ("비율을 살펴보세요.", "{formula}에서 {part}와 1 - {part}가 뒤바뀌었습니다."),
    "wrong side": (_SLOPE, "{formula}에서 조건 {part}이(가) 뒤집혔습니다."),
    "everywhere alike": (_SLOPE, "조건이 빠졌습니다: {formula}의 {part}."),
    "value for mask": (_SLOPE, "{formula}은(는) {part}인지(1 또는 0)를 묻는데, 값 자체를 썼습니다."),
    "mask of the gradient": (
        _SLOPE,
        "{part}인지가 아니라 기울기 자신의 부호를 물었습니다: 무엇을 자를지는 순전파가 정합니다.",
    ),
    "leaky": (_SLOPE, "{part}이(가) 아닌 곳에 작은 기울기가 남았습니다: {formula}이(가) 아니라 leaky relu의 것입니다."),
    # updates
    "not updated": (_UPDATE, "갱신되지 않았습니다: 이전 가중치 그대로입니다."),
    "uphill": ("걸음의 부호를 살펴보세요.", "오르막으로 움직였습니다: 더하지 말고 빼세요."),
    "bare step": (_UPDATE, "그것은 움직인 만큼일 뿐입니다: 이전 가중치에서 빼야 합니다."),
    "rate factor": (_UPDATE, "움직인 만큼이 있어야 할 값의 {factor}배입니다: {why}."),
    "old slot": (_UPDATE, "{right} 자리에 이 단계 이전의 {wrong}을(를) 썼습니다: 먼저 갱신하세요."),
    "no correction": (_UPDATE, "편향 보정이 빠졌습니다: 평균이 0에서 시작했으므로 초기 단계에는 보정이 필요합니다."),
    "half correction": (_UPDATE, "0에서 시작한 두 평균 중 하나만 보정했습니다."),
    "epsilon of a mean": (
        "엡실론의 자리를 살펴보세요.",
        "ε을 보정한 평균의 제곱근에 더했습니다. 여기서는 그렇지 않습니다.",
    ),
    "decay": ("더한 것을 살펴보세요.", "{name}의 {share}배가 더해졌습니다: 여기에는 없는 감쇠나 규제입니다."),
    "wrong count": (_UPDATE, "편향 보정이 {step}번째 단계의 것입니다."),
    "another optimizer": (_UPDATE, "그것은 {other}의 걸음입니다."),
    "missing penalty": ("규제 항을 살펴보세요.", "규제 항의 기울기가 빠졌습니다: 이것은 데이터만의 {name}입니다."),
    # targets
    "targets forgotten": (_TARGETS, "정답을 빠뜨렸습니다: {p}만으로 계산했습니다."),
    "targets turned": (_TARGETS, "y 자리에 1 - y를 썼습니다."),
    "targets in another order": (_TARGETS, "정답의 {what} 순서가 다릅니다."),
    "row missing": (_BATCH, "배치에 걸친 합에서 {row}행이 빠졌습니다."),
    "decided": (
        "정답과 비교하는 것을 살펴보세요.",
        "확률 {p} 자리에 0 또는 1로 내린 판정을 썼습니다: 판정에는 기울기가 없습니다.",
    ),
    # in part
    "some entries": ("대부분 맞았습니다.", "{all}개 성분 중 {right}개가 맞고 나머지는 틀렸습니다."),
    "shape": ("모양을 살펴보세요.", "모양이 {given}인데 {truth}이어야 합니다: {shapes}."),
    "unknown": ("배열을 하나씩 식과 비교해 보세요.", "{formula}이어야 합니다."),
}

#: What stands in braces besides names and formulas: origins of factors, rows and columns, what was divided by.
WORDS: dict[str, str] = {
    "½": "2를 곱하지 않았거나 ½을 한 번 더 곱했습니다",
    "2": "제곱의 미분에서처럼 2를 한 번 더 곱했습니다",
    "K": "출력에 걸친 평균이 빠졌습니다",
    "1/K": "출력의 수로 한 번 더 나누었습니다",
    "√N": "N으로 나눌 곳을 √N으로 나누었거나 나누지 않았습니다",
    "1/√N": "√N으로 한 번 더 나누었습니다",
    "N/(N - 1)": "N 대신 N - 1로 나누었습니다",
    "η": "학습률이 들어 있거나 두 번 들어 있습니다",
    "1/η": "학습률이 빠졌습니다",
    "ln 2": "밑이 다른 로그입니다: 밑이 2입니다",
    "1/ln 2": "밑이 2인 로그입니다",
    "ln 10": "밑이 다른 로그입니다: 밑이 10입니다",
    "1/ln 10": "밑이 10인 로그입니다",
    "rate": "학습률과 평균을 살펴보세요",
    "rows": "행",
    "columns": "열",
    "first": "첫째",
    "last": "마지막",
    "sorted they are equal": "정렬하면 같습니다",
    "its rows are reversed": "행의 순서가 거꾸로입니다",
    "its columns are reversed": "열의 순서가 거꾸로입니다",
    "its entries are reversed": "성분의 순서가 거꾸로입니다",
    "its rows are shifted": "행이 밀려 있습니다",
    "its columns are shifted": "열이 밀려 있습니다",
    "its entries are shifted": "성분이 밀려 있습니다",
    "it was reshaped where it should be transposed": "전치해야 하는데 모양만 바꾸었습니다",
    "its length": "자신의 노름",
    "its largest entry": "가장 큰 성분",
    "its sum": "자신의 합",
    "the sum of its sizes": "절댓값의 합",
    "the length of each row": "각 행의 노름",
    "its standard deviation, its mean subtracted": "평균을 뺀 뒤 표준편차",
}
